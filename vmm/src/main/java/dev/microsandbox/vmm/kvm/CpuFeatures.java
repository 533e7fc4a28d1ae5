package dev.microsandbox.vmm.kvm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a host offers its guests: the leaves of CPUID that say which instructions, registers and
 * paravirtual services there are. A guest has looked at them once and relies on them, so it can go
 * on only where they are the same. Immutable.
 *
 * @param words by a name for people, such as {@code leaf 7.0 ebx}
 */
public record CpuFeatures(Map<String, Integer> words) {

    /** The number of the core on which CPUID was asked, in leaf 1 EBX, tells nothing. */
    private static final List<Word> WORDS =
            List.of(
                    new Word(0, 0, "ebx"), // the maker's name
                    new Word(0, 0, "ecx"),
                    new Word(0, 0, "edx"),
                    new Word(1, 0, "eax"), // family, model, stepping
                    new Word(1, 0, "ecx"),
                    new Word(1, 0, "edx"),
                    new Word(6, 0, "eax"),
                    new Word(7, 0, "ebx"),
                    new Word(7, 0, "ecx"),
                    new Word(7, 0, "edx"),
                    new Word(7, 1, "eax"),
                    new Word(7, 1, "edx"),
                    new Word(7, 2, "edx"),
                    new Word(0xd, 0, "eax"), // state that XSAVE knows
                    new Word(0xd, 0, "ecx"),
                    new Word(0xd, 1, "eax"),
                    new Word(0x4000_0001, 0, "eax"), // KVM's own
                    new Word(0x8000_0001, 0, "ecx"),
                    new Word(0x8000_0001, 0, "edx"),
                    new Word(0x8000_0007, 0, "edx"),
                    new Word(0x8000_0008, 0, "eax"), // widths of addresses
                    new Word(0x8000_0008, 0, "ebx"),
                    new Word(0x8000_0021, 0, "eax"));

    private record Word(int leaf, int index, String register) {

        String name() {
            return "leaf %x.%d %s".formatted(leaf, index, register);
        }

        int of(Cpuid cpuid) {
            for (Cpuid.Entry entry : cpuid.entries()) {
                if (entry.function() == leaf && entry.index() == index) {
                    return switch (register) {
                        case "eax" -> entry.eax();
                        case "ebx" -> entry.ebx();
                        case "ecx" -> entry.ecx();
                        default -> entry.edx();
                    };
                }
            }
            return 0;
        }
    }

    public CpuFeatures {
        words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
    }

    /**
     * Those of a host.
     *
     * @param supported see {@link Kvm#supportedCpuid}
     */
    public static CpuFeatures of(Cpuid supported) {
        Map<String, Integer> words = new LinkedHashMap<>();
        WORDS.forEach(word -> words.put(word.name(), word.of(supported)));
        return new CpuFeatures(words);
    }

    /**
     * Where another host differs.
     *
     * @return the first difference in words; empty if there is none
     */
    public Optional<String> differenceTo(CpuFeatures other) {
        return WORDS.stream()
                .map(Word::name)
                .filter(name -> !Objects.equals(words.get(name), other.words.get(name)))
                .findFirst()
                .map(
                        name ->
                                "CPUID %s is %s there and %s here"
                                        .formatted(
                                                name,
                                                hex(words.get(name)),
                                                hex(other.words.get(name))));
    }

    private static String hex(@Nullable Integer value) {
        return value == null ? "unknown" : "%#010x".formatted(value);
    }
}
