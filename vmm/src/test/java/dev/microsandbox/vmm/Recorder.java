package dev.microsandbox.vmm;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Records what a guest prints and displays. */
public class Recorder implements RunListener {

    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final List<MimeBundle> displays = new ArrayList<>();
    private final List<MimeBundle> results = new ArrayList<>();

    @Override
    public void stdout(byte[] bytes) {
        stdout.writeBytes(bytes);
    }

    @Override
    public void stderr(byte[] bytes) {
        stderr.writeBytes(bytes);
    }

    @Override
    public void display(MimeBundle bundle) {
        displays.add(bundle);
    }

    @Override
    public void result(MimeBundle bundle) {
        results.add(bundle);
    }

    @Override
    public void clear() {
        displays.clear();
    }

    public String out() {
        return stdout.toString(StandardCharsets.UTF_8);
    }

    public byte[] outBytes() {
        return stdout.toByteArray();
    }

    public String err() {
        return stderr.toString(StandardCharsets.UTF_8);
    }

    public List<MimeBundle> displays() {
        return displays;
    }

    public List<MimeBundle> results() {
        return results;
    }

    /** The text of the last expression's value; empty if there is none. */
    public String result() {
        return results.isEmpty() ? "" : text(results.getLast());
    }

    /** All displayed values as text, one after the other. */
    public String displayed() {
        StringBuilder text = new StringBuilder();
        displays.forEach(bundle -> text.append(text(bundle)).append('\n'));
        return text.toString();
    }

    public static String text(MimeBundle bundle) {
        return bundle.get("text/plain")
                .map(r -> new String(r.data(), StandardCharsets.UTF_8))
                .orElse("");
    }
}
