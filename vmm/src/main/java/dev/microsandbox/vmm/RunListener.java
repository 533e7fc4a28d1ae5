package dev.microsandbox.vmm;

/** Receives what code prints and displays, under the rules of {@link OutputListener}. */
public interface RunListener extends OutputListener {

    /** Something was displayed, for example a figure or by {@code display()}. */
    void display(MimeBundle bundle);

    /** The value of the last expression. */
    void result(MimeBundle bundle);

    /**
     * Earlier output and displayed values may be discarded, for example after {@code
     * clear_output()}.
     */
    void clear();
}
