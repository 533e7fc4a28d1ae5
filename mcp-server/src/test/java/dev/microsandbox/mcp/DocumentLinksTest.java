package dev.microsandbox.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The links of the documents lead somewhere, also after a file was moved or a heading changed. */
class DocumentLinksTest {

    private static final Path ROOT = Path.of("..");

    /** A block of code: its lines have no links and no headings. */
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```.*?^```$");

    /** {@code [text](target)}. */
    private static final Pattern LINK = Pattern.compile("\\[([^\\[\\]]*)]\\(([^()\\s]+)\\)");

    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");

    /** The text of a link to a method: {@code `Class.method`}; of a function in C, its name. */
    private static final Pattern METHOD = Pattern.compile("`(?:[A-Z]\\w*\\.)?([a-z]\\w*)`");

    private record Link(Path document, String text, String target) {

        @Override
        public String toString() {
            return "%s: [%s](%s)".formatted(ROOT.relativize(document), text, target);
        }

        /** The file or directory; the document itself where there is a fragment only. */
        Path file() {
            String path = target.replaceFirst("#.*", "");
            return path.isEmpty() ? document : document.resolveSibling(path).normalize();
        }

        String fragment() {
            return target.contains("#") ? target.substring(target.indexOf('#') + 1) : "";
        }
    }

    static List<Path> documents() throws IOException {
        List<Path> documents =
                new ArrayList<>(
                        List.of(
                                ROOT.resolve("README.md"),
                                ROOT.resolve("CONTRIBUTING.md"),
                                ROOT.resolve("docker/README.md")));
        try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
        }
        return documents;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkLeadsToAFileAndAHeading(Path document) throws IOException {
        for (Link link : links(document)) {
            assertThat(link.target()).as("%s is relative", link).doesNotStartWith("/");
            assertThat(link.file()).as("%s", link).exists();
            if (!link.fragment().isEmpty()) {
                assertThat(headings(link.file())).as("%s", link).contains(link.fragment());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aLinkToAMethodLeadsToItsFile(Path document) throws IOException {
        for (Link link : links(document)) {
            Matcher method = METHOD.matcher(link.text());
            if (link.file().toString().matches(".*\\.(java|c)") && method.matches()) {
                assertThat(Files.readString(link.file()))
                        .as("%s", link)
                        .containsPattern("\\b" + method.group(1) + "\\(");
            }
        }
    }

    @Test
    void theGuideOfContributorsIsFound() throws IOException {
        assertThat(links(ROOT.resolve("README.md")))
                .extracting(Link::target)
                .contains("CONTRIBUTING.md");
        assertThat(links(ROOT.resolve("CONTRIBUTING.md"))).hasSizeGreaterThan(40);
        assertThat(links(ROOT.resolve("docs/tools.md")))
                .extracting(Link::target)
                .contains("sessions.md#suspension", "#languages");
    }

    @Test
    void headingsHaveTheNamesThatGitHubGivesThem() {
        assertThat(anchors("# The `run_code` tool: 1, 2\n\n## How it's made\n## How it's made\n"))
                .containsExactly("the-run_code-tool-1-2", "how-its-made", "how-its-made-1");
        assertThat(anchors("```\n# a comment\n```\n### 20 INFO_NOW\n"))
                .containsExactly("20-info_now");
    }

    /** The links to files of the repository. */
    private static List<Link> links(Path document) throws IOException {
        Matcher link = LINK.matcher(withoutBlocks(Files.readString(document)));
        return link.results()
                .map(found -> new Link(document, found.group(1), found.group(2)))
                .filter(each -> !each.target().matches("[a-z]+:.*"))
                .toList();
    }

    private static List<String> headings(Path document) throws IOException {
        assertThat(document.toString()).as("a document with headings").endsWith(".md");
        return anchors(Files.readString(document));
    }

    private static List<String> anchors(String markdown) {
        List<String> anchors = new ArrayList<>();
        Matcher heading = HEADING.matcher(withoutBlocks(markdown));
        while (heading.find()) {
            String name =
                    heading.group(1)
                            .toLowerCase(Locale.ROOT)
                            .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                            .replace(' ', '-');
            String anchor = name;
            for (int i = 1; anchors.contains(anchor); i++) {
                anchor = name + "-" + i;
            }
            anchors.add(anchor);
        }
        return anchors;
    }

    private static String withoutBlocks(String markdown) {
        return BLOCK.matcher(markdown).replaceAll("");
    }
}
