package dev.microsandbox.vmm.machine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/**
 * An event of the JDK's flight recorder about one sandbox. Its duration goes from {@link
 * #startClock} to {@link #finish}; work that fails in between leaves no event. While nobody
 * records, an event costs its allocation and reads no clock.
 *
 * <p>The names of events and fields are documented in {@code docs/vmm.md}. Used by one thread.
 */
@Category("Microsandbox")
@StackTrace(false)
public abstract class SandboxEvent extends Event {

    @Label("Sandbox")
    @Description("Id of the sandbox")
    protected String sandbox = "";

    private transient boolean running;
    private transient long lapStart;

    /** Called when the work begins. An event that nobody records then is never committed. */
    public final void startClock() {
        if (isEnabled()) {
            running = true;
            begin();
            lapStart = System.nanoTime();
        }
    }

    /** Nanoseconds since the last lap, or since the clock was started; 0 if nobody records. */
    protected final long lap() {
        if (!running) {
            return 0;
        }
        long now = System.nanoTime();
        long nanos = now - lapStart;
        lapStart = now;
        return nanos;
    }

    /** Called when the work is done. */
    protected final void finish(String id) {
        if (running) {
            end();
            sandbox = id;
            commit();
        }
    }
}
