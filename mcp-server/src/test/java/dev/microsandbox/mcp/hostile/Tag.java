package dev.microsandbox.mcp.hostile;

/** What a snippet's code may do beyond its own call. */
enum Tag {
    /** Break its own interpreter, so that it is of use only after a reset. */
    HARMS,
    /** Go on after its call, and take processor time, processes or room. */
    LINGERS,
    /** Do as root what ends the machine, or breaks it. */
    ROOT
}
