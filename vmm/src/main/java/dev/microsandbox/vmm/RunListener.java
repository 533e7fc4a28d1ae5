package dev.microsandbox.vmm;

/** Receives what code prints and displays; rules as for {@link OutputListener}. */
public interface RunListener extends OutputListener {

    /** Something was displayed, for example a figure or by {@code display()}. */
    void display(MimeBundle bundle);

    /** The value of the last expression. */
    void result(MimeBundle bundle);

    /** What was printed and displayed before may be discarded, as by {@code clear_output()}. */
    void clear();
}
