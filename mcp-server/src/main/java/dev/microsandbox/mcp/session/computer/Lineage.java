package dev.microsandbox.mcp.session.computer;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The machines that led to one, itself the last. A machine can go back in place to checkpoints of
 * any of them.
 */
final class Lineage {

    private Lineage() {}

    /** Of a machine that comes from none. */
    static List<String> begin() {
        return List.of(UUID.randomUUID().toString());
    }

    /** Of a machine that goes on from a checkpoint. */
    static List<String> heir(List<String> ancestors) {
        List<String> all = new ArrayList<>(ancestors);
        all.add(UUID.randomUUID().toString());
        return List.copyOf(all);
    }
}
