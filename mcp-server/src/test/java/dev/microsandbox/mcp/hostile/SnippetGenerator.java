package dev.microsandbox.mcp.hostile;

import dev.microsandbox.mcp.hostile.Snippet.Manner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Generates snippets from seeds. The same seed always gives the same snippet. Thread-safe. */
final class SnippetGenerator {

    private static final Pattern HOLE =
            Pattern.compile("@(SMALL|SIZE|FD|SIGNAL|EXIT|BYTES)@", Pattern.MULTILINE);

    /** Beginnings of frames of the runners' socket and of the agent's channel. */
    private static final List<String> FRAMES =
            List.of(
                    "\\x0d\\x00\\x00\\x00\\x12\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00",
                    "\\x00\\x00\\x00\\x00\\x10",
                    "\\xff\\xff\\xff\\xff\\x11",
                    "\\x08\\x00\\x00\\x00\\x13\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00",
                    "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x0c\\x00\\x00\\x00",
                    "\\x04\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x09\\x00\\x00\\x00");

    /** The fragments for snippets of a language. */
    private record Parts(String language, List<Fragment> payloads, List<Fragment> wrappers) {

        static Parts of(String language, String files) {
            return new Parts(
                    language,
                    Fragment.read(files + ".payloads"),
                    Fragment.read(files + ".wrappers"));
        }
    }

    private final List<Parts> languages;

    SnippetGenerator() {
        Parts python = Parts.of("python", "python");
        languages =
                List.of(
                        // Languages that share most with the runner can break most, so they come
                        // most often.
                        python,
                        python,
                        Parts.of("javascript", "javascript"),
                        Parts.of("shell", "shell"),
                        Parts.of(Snippet.COMMAND, "shell"));
    }

    Snippet of(long seed) {
        Random random = new Random(seed);
        Parts from = one(languages, random);
        int parts = random.nextInt(10) < 7 ? 1 : 2 + random.nextInt(2);
        List<String> codes = new ArrayList<>();
        List<String> names = new ArrayList<>();
        Set<Tag> tags = EnumSet.noneOf(Tag.class);
        for (int i = 0; i < parts; i++) {
            Fragment payload = payload(from, random);
            String code = payload.code();
            names.add(payload.name());
            tags.addAll(payload.tags());
            for (int depth = random.nextInt(3); depth > 0; depth--) {
                Fragment wrapper = one(from.wrappers(), random);
                code = wrapper.around(code);
                names.add(wrapper.name());
                tags.addAll(wrapper.tags());
            }
            codes.add(code);
        }
        return new Snippet(
                seed,
                from.language(),
                Collections.unmodifiableList(names),
                Collections.unmodifiableSet(tags),
                filled(String.join("\n", codes), random),
                random.nextInt(4) == 0 ? "one\ntwo\n".repeat(random.nextInt(1000)) : "",
                1 + random.nextInt(30) / 10.0,
                manner(random),
                random.nextInt(3500));
    }

    /**
     * Choose fragments that may end the machine less often, so that each machine runs more
     * snippets.
     */
    private static Fragment payload(Parts from, Random random) {
        Fragment drawn = one(from.payloads(), random);
        return drawn.tags().contains(Tag.ROOT) && random.nextInt(3) > 0
                ? one(from.payloads(), random)
                : drawn;
    }

    private static Manner manner(Random random) {
        int drawn = random.nextInt(100);
        if (drawn < 58) {
            return Manner.ALONE;
        }
        if (drawn < 68) {
            return Manner.CANCELLED;
        }
        if (drawn < 76) {
            return Manner.DISCONNECTED;
        }
        if (drawn < 84) {
            return Manner.RESET;
        }
        if (drawn < 89) {
            return Manner.BESIDE;
        }
        if (drawn < 93) {
            return Manner.FILES;
        }
        return drawn < 96 ? Manner.RESTORED : Manner.RESTORED_AFTER;
    }

    private static <T> T one(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    private static String filled(String code, Random random) {
        return HOLE.matcher(code)
                .replaceAll(hole -> Matcher.quoteReplacement(value(hole.group(1), random)));
    }

    private static String value(String hole, Random random) {
        return switch (hole) {
            case "SMALL" -> Integer.toString(1 + random.nextInt(20));
            case "SIZE" -> Integer.toString((int) Math.pow(10, random.nextDouble() * 8) - 1);
            case "FD" -> Integer.toString(random.nextInt(random.nextBoolean() ? 40 : 1100));
            case "SIGNAL" -> Integer.toString(1 + random.nextInt(random.nextBoolean() ? 31 : 64));
            case "EXIT" -> Integer.toString(random.nextInt(302) - 1);
            case "BYTES" -> bytes(random);
            default -> throw new IllegalArgumentException(hole);
        };
    }

    private static String bytes(Random random) {
        if (random.nextBoolean()) {
            return one(FRAMES, random);
        }
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(20); i >= 0; i--) {
            text.append("\\x%02x".formatted(random.nextInt(256)));
        }
        return text.toString();
    }
}
