package dev.microsandbox.mcp.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What processes take of the host, by what proc(5) says of them. */
public final class ProcessUsage {

    /** USER_HZ, which has been 100 on x86 for as long as there is a stat file. */
    private static final double TICKS_PER_SECOND = 100;

    private ProcessUsage() {}

    /**
     * Processor time.
     *
     * @param user in user mode, that of guests' user mode included, in seconds
     * @param system in the kernel, where that emulates a guest's kernel mode too, in seconds
     */
    public record Cpu(double user, double system) {

        public Cpu plus(Cpu other) {
            return new Cpu(user + other.user, system + other.system);
        }

        public Cpu minus(Cpu other) {
            return new Cpu(user - other.user, system - other.system);
        }

        public double total() {
            return user + system;
        }
    }

    public static Cpu cpu(ProcessHandle process) throws IOException {
        return parseStat(Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat")));
    }

    /** A line of /proc/PID/stat; the name in parentheses may have anything in it. */
    static Cpu parseStat(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        // The first of these is field 3; utime and stime are fields 14 and 15.
        return new Cpu(
                Long.parseLong(fields[11]) / TICKS_PER_SECOND,
                Long.parseLong(fields[12]) / TICKS_PER_SECOND);
    }

    /**
     * One mapping of a process.
     *
     * @param pssKib its share of the memory behind it
     * @param anonymousKib what is behind it and in no file: of a private mapping, the pages that
     *     were written to
     */
    record Mapping(String name, long sizeKib, long pssKib, long anonymousKib) {}

    /**
     * Memory of a process beside the RAM of its guests, in KiB: its proportional set size without
     * that of the guests' RAM.
     *
     * @param guestKib how much RAM a guest has: QEMU's is the anonymous mapping that is as large,
     *     ours the memfd of that name
     */
    public static long memoryBesideGuests(ProcessHandle process, long guestKib) throws IOException {
        Path smaps = Path.of("/proc", Long.toString(process.pid()), "smaps");
        return parseSmaps(Files.readAllLines(smaps)).stream()
                .filter(mapping -> !isGuestMemory(mapping, guestKib))
                .mapToLong(Mapping::pssKib)
                .sum();
    }

    /**
     * Memory of a process with that of its guests, in KiB.
     *
     * @param all its proportional set size
     * @param guests pages of the guests' RAM that are theirs alone
     */
    public record Memory(long all, long guests) {

        public Memory plus(Memory other) {
            return new Memory(all + other.all, guests + other.guests);
        }

        public Memory minus(Memory other) {
            return new Memory(all - other.all, guests - other.guests);
        }
    }

    public static Memory memory(ProcessHandle process) throws IOException {
        Path smaps = Path.of("/proc", Long.toString(process.pid()), "smaps");
        long all = 0;
        long guests = 0;
        for (Mapping mapping : parseSmaps(Files.readAllLines(smaps))) {
            all += mapping.pssKib();
            // A template's or checkpoint's file, or the memfd that it is read into.
            if (mapping.name().endsWith("/memory") || mapping.name().endsWith("memfd:memory")) {
                guests += mapping.anonymousKib();
            }
        }
        return new Memory(all, guests);
    }

    private static boolean isGuestMemory(Mapping mapping, long guestKib) {
        return mapping.name().contains("guest-memory")
                || (mapping.name().isEmpty()
                        && mapping.sizeKib() >= guestKib
                        && mapping.sizeKib() < guestKib + 4096);
    }

    /** /proc/PID/smaps. */
    static List<Mapping> parseSmaps(List<String> lines) {
        List<Mapping> mappings = new ArrayList<>();
        String name = "";
        long size = 0;
        long pss = 0;
        for (String line : lines) {
            String[] words = line.strip().split("\\s+", -1);
            if (words[0].equals("Size:")) {
                size = Long.parseLong(words[1]);
            } else if (words[0].equals("Pss:")) {
                pss = Long.parseLong(words[1]);
            } else if (words[0].equals("Anonymous:")) {
                // It comes after the two others.
                mappings.add(new Mapping(name, size, pss, Long.parseLong(words[1])));
            } else if (!words[0].endsWith(":")) {
                // "from-to perms offset device inode name"
                name = words.length > 5 ? words[5] : "";
            }
        }
        return mappings;
    }
}
