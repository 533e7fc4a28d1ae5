package dev.microsandbox.vmm.kvm;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The features that a host offers its guests: the CPUID leaves that list instructions, registers
 * and paravirtual services. A guest reads them once and relies on them, so a saved guest can resume
 * only on a host with the same features. Immutable.
 *
 * @param words the registers' values, by a readable name such as {@code leaf 7.0 ebx}
 */
public record CpuFeatures(Map<String, Integer> words) {

    /**
     * The registers to compare. Leaf 1 EBX is not among them, because it holds the number of the
     * core that executed CPUID.
     */
    private static final List<Word> WORDS =
            List.of(
                    new Word(0, 0, "ebx"), // the vendor's name
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
                    new Word(0xd, 0, "eax"), // state components of XSAVE
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
     * The features of a host.
     *
     * @param supported see {@link Kvm#supportedCpuid}
     */
    public static CpuFeatures of(Cpuid supported) {
        Map<String, Integer> words = new LinkedHashMap<>();
        WORDS.forEach(word -> words.put(word.name(), word.of(supported)));
        return new CpuFeatures(words);
    }

    /**
     * Finds a difference between a snapshot's features (this) and this host's.
     *
     * @return the first difference, in words; empty if there is none
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
