package dev.microsandbox.mcp.cli;

/** The program's version, as written into its jar. */
final class Version {

    private Version() {}

    static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
