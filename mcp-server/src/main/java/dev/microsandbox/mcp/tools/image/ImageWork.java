package dev.microsandbox.mcp.tools.image;

import java.time.Duration;

/**
 * The work on images of one call: on whose behalf it is, and how long it may still take.
 * Thread-safe.
 */
public final class ImageWork {

    /** How long the images of one call may be worked on, all together. */
    private static final Duration BUDGET = Duration.ofSeconds(10);

    /** How long the images of one call may wait for turns, all together. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final ScopedValue<ImageWork> CURRENT = ScopedValue.newInstance();

    private final String namespace;
    private long workLeft;
    private long waitLeft;

    private ImageWork(String namespace, Duration budget, Duration patience) {
        this.namespace = namespace;
        workLeft = budget.toNanos();
        waitLeft = patience.toNanos();
    }

    /**
     * Runs a call. Images that it reduces take the turns of a namespace.
     *
     * @param namespace the namespace of the call
     */
    public static <T, X extends Throwable> T during(
            String namespace, ScopedValue.CallableOp<T, X> call) throws X {
        return during(namespace, BUDGET, PATIENCE, call);
    }

    static <T, X extends Throwable> T during(
            String namespace, Duration budget, Duration patience, ScopedValue.CallableOp<T, X> call)
            throws X {
        return ScopedValue.where(CURRENT, new ImageWork(namespace, budget, patience)).call(call);
    }

    /** The work of the current call; outside of calls, new work on behalf of nobody. */
    static ImageWork current() {
        return CURRENT.isBound() ? CURRENT.get() : new ImageWork("", BUDGET, PATIENCE);
    }

    String namespace() {
        return namespace;
    }

    /** How long the call may still work on images, in nanoseconds. */
    synchronized long workLeft() {
        return workLeft;
    }

    /** How long the call may still wait for turns, in nanoseconds. */
    synchronized long waitLeft() {
        return waitLeft;
    }

    synchronized void worked(long nanos) {
        workLeft -= nanos;
    }

    synchronized void waited(long nanos) {
        waitLeft -= nanos;
    }
}
