package dev.microsandbox.mcp.endtoend;

/** The same for a front, which no guest can take over, but perhaps somebody on the network. */
class ConfinedFrontIT extends ConfinedServerIT {

    @Override
    String workers() {
        return "namespace";
    }
}
