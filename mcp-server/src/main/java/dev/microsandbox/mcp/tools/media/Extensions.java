package dev.microsandbox.mcp.tools.media;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Finds MIME types by the extensions of file names. */
final class Extensions {

    /** MIME types of text files, whose bytes do not reveal the type. */
    private static final Map<String, String> TEXT =
            Map.ofEntries(
                    Map.entry("c", "text/x-c"),
                    Map.entry("h", "text/x-c"),
                    Map.entry("cc", "text/x-c++"),
                    Map.entry("cpp", "text/x-c++"),
                    Map.entry("hpp", "text/x-c++"),
                    Map.entry("cjs", "text/javascript"),
                    Map.entry("css", "text/css"),
                    Map.entry("csv", "text/csv"),
                    Map.entry("go", "text/x-go"),
                    Map.entry("htm", "text/html"),
                    Map.entry("html", "text/html"),
                    Map.entry("ipynb", "application/x-ipynb+json"),
                    Map.entry("java", "text/x-java"),
                    Map.entry("js", "text/javascript"),
                    Map.entry("json", "application/json"),
                    Map.entry("jsonl", "application/jsonl"),
                    Map.entry("md", "text/markdown"),
                    Map.entry("mjs", "text/javascript"),
                    Map.entry("py", "text/x-python"),
                    Map.entry("r", "text/x-r"),
                    Map.entry("rb", "text/x-ruby"),
                    Map.entry("rs", "text/x-rust"),
                    Map.entry("sh", "text/x-shellscript"),
                    Map.entry("sql", "application/sql"),
                    Map.entry("svg", "image/svg+xml"),
                    Map.entry("tex", "text/x-tex"),
                    Map.entry("toml", "application/toml"),
                    Map.entry("ts", "text/x-typescript"),
                    Map.entry("tsv", "text/tab-separated-values"),
                    Map.entry("xml", "application/xml"),
                    Map.entry("yaml", "application/yaml"),
                    Map.entry("yml", "application/yaml"));

    /** MIME types of files that are zip archives but have a more specific type. */
    private static final Map<String, String> ZIP =
            Map.of(
                    "docx",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                    "xlsx",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    "pptx",
                    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                    "odt",
                    "application/vnd.oasis.opendocument.text",
                    "ods",
                    "application/vnd.oasis.opendocument.spreadsheet",
                    "epub",
                    "application/epub+zip",
                    "jar",
                    "application/java-archive",
                    "npz",
                    "application/x-npz");

    private Extensions() {}

    static Optional<String> ofText(String path) {
        return Optional.ofNullable(TEXT.get(extension(path)));
    }

    static Optional<String> ofZip(String path) {
        return Optional.ofNullable(ZIP.get(extension(path)));
    }

    private static String extension(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }
}
