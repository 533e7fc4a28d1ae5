package dev.microsandbox.mcp.session.computer;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The ids of the machines that led to a machine, with its own id last. A machine can be restored in
 * place to checkpoints of any of them.
 */
final class Lineage {

    private Lineage() {}

    /** The lineage of a machine without ancestors. */
    static List<String> begin() {
        return List.of(UUID.randomUUID().toString());
    }

    /** The lineage of a machine that resumes from a checkpoint. */
    static List<String> extend(List<String> ancestors) {
        List<String> all = new ArrayList<>(ancestors);
        all.add(UUID.randomUUID().toString());
        return List.copyOf(all);
    }
}
