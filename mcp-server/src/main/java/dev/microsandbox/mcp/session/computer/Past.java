package dev.microsandbox.mcp.session.computer;

import java.time.Duration;
import java.util.List;

/**
 * What a computer takes along from one state to the next.
 *
 * @param born when its first sandbox was ordered, by the monotonic clock: a lifetime is one
 *     computer's, however often it slept
 * @param lineage the machines that led to its sandbox, which is the last
 * @param untold what its next call has to be told
 */
record Past(long born, List<String> lineage, Notice untold) {

    Past {
        lineage = List.copyOf(lineage);
    }

    /** Of a computer that begins. */
    static Past begin(long now, Notice untold) {
        return new Past(now, Lineage.begin(), untold);
    }

    /** Of one that begins with a checkpoint. */
    static Past beginWith(long now, List<String> ancestors, Notice untold) {
        return new Past(now, Lineage.heir(ancestors), untold);
    }

    /** With another machine, which goes on from a checkpoint. */
    Past goingOnFrom(List<String> ancestors) {
        return new Past(born, Lineage.heir(ancestors), untold);
    }

    Past afterSleep(Duration time) {
        return new Past(born, lineage, untold.andSlept(time));
    }

    Past told() {
        return new Past(born, lineage, Notice.none());
    }
}
