package dev.microsandbox.mcp.hostile;

/** An effect of a snippet's code beyond its own call. */
enum Tag {
    /** May break its own interpreter, which then needs a reset. */
    HARMS,
    /** May continue after its call and use processor time, processes or space. */
    LINGERS,
    /** May end or break the machine as root. */
    ROOT
}
