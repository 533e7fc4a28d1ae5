package dev.microsandbox.mcp.server;

/** The program's version, from the manifest of its jar. */
public final class Version {

    private Version() {}

    public static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
