package dev.microsandbox.mcp.session.computer;

import java.time.Duration;
import java.util.List;

/**
 * What a computer carries from one state to the next.
 *
 * @param born when its first sandbox was requested, in nanoseconds of the monotonic clock. The
 *     lifetime counts from here, however often the computer was suspended
 * @param lineage the ids of the machines that led to its sandbox; its own is the last
 * @param pendingNotice the notice for the next call
 */
record Past(long born, List<String> lineage, Notice pendingNotice) {

    Past {
        lineage = List.copyOf(lineage);
    }

    /** The past of a computer that begins. */
    static Past begin(long now, Notice pendingNotice) {
        return new Past(now, Lineage.begin(), pendingNotice);
    }

    /** The past of a computer that begins from a checkpoint. */
    static Past beginWith(long now, List<String> ancestors, Notice pendingNotice) {
        return new Past(now, Lineage.extend(ancestors), pendingNotice);
    }

    /** The past after another machine, which resumed from a checkpoint, took over. */
    Past resumedFrom(List<String> ancestors) {
        return new Past(born, Lineage.extend(ancestors), pendingNotice);
    }

    Past afterSuspension(Duration time) {
        return new Past(born, lineage, pendingNotice.andWasSuspended(time));
    }

    Past told() {
        return new Past(born, lineage, Notice.none());
    }
}
