package dev.microsandbox.mcp.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processor time and memory that processes use, from proc(5). */
public final class ProcessUsage {

    /** USER_HZ, which has always been 100 on x86. */
    private static final double TICKS_PER_SECOND = 100;

    private ProcessUsage() {}

    /**
     * Processor time.
     *
     * @param user time in user mode, including guests' user mode, in seconds
     * @param system time in the kernel, including the emulation of guests' kernel mode, in seconds
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

    /** Parses /proc/PID/stat. The name in parentheses may contain any character. */
    static Cpu parseStat(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        // The first of these is field 3; utime and stime are fields 14 and 15.
        return new Cpu(
                Long.parseLong(fields[11]) / TICKS_PER_SECOND,
                Long.parseLong(fields[12]) / TICKS_PER_SECOND);
    }

    /**
     * One memory mapping of a process.
     *
     * @param pssKib its proportional set size
     * @param anonymousKib its anonymous memory; for a private file mapping, the pages that were
     *     written to
     */
    record MemoryMapping(String name, long sizeKib, long pssKib, long anonymousKib) {}

    /**
     * The memory of a process without the RAM of its guests, in KiB: its proportional set size
     * minus that of the guests' RAM.
     *
     * @param guestKib the RAM of a guest in KiB. QEMU's guest RAM is the anonymous mapping of about
     *     this size; ours is the memfd of that name
     */
    public static long memoryBesideGuests(ProcessHandle process, long guestKib) throws IOException {
        Path smaps = Path.of("/proc", Long.toString(process.pid()), "smaps");
        return parseSmaps(Files.readAllLines(smaps)).stream()
                .filter(mapping -> !isGuestMemory(mapping, guestKib))
                .mapToLong(MemoryMapping::pssKib)
                .sum();
    }

    /**
     * The memory of a process including its guests, in KiB.
     *
     * @param all its proportional set size
     * @param guests the private pages of the guests' RAM
     */
    public record Memory(long all, long guests) {

        public Memory plus(Memory other) {
            return new Memory(all + other.all, guests + other.guests);
        }

        public Memory minus(Memory other) {
            return new Memory(all - other.all, guests - other.guests);
        }
    }

    /** The resident memory of a process in KiB, with what it shares with others. */
    public static long residentKib(ProcessHandle process) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.split("\\s+", -1)[1]);
            }
        }
        throw new IOException("no resident memory in " + status);
    }

    public static Memory memory(ProcessHandle process) throws IOException {
        Path smaps = Path.of("/proc", Long.toString(process.pid()), "smaps");
        long all = 0;
        long guests = 0;
        for (MemoryMapping mapping : parseSmaps(Files.readAllLines(smaps))) {
            all += mapping.pssKib();
            // The memory file of a template or checkpoint, or the memfd into which it is read.
            if (mapping.name().endsWith("/memory") || mapping.name().endsWith("memfd:memory")) {
                guests += mapping.anonymousKib();
            }
        }
        return new Memory(all, guests);
    }

    private static boolean isGuestMemory(MemoryMapping mapping, long guestKib) {
        return mapping.name().contains("guest-memory")
                || (mapping.name().isEmpty()
                        && mapping.sizeKib() >= guestKib
                        && mapping.sizeKib() < guestKib + 4096);
    }

    /** /proc/PID/smaps. */
    static List<MemoryMapping> parseSmaps(List<String> lines) {
        List<MemoryMapping> mappings = new ArrayList<>();
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
                // Anonymous follows Size and Pss.
                mappings.add(new MemoryMapping(name, size, pss, Long.parseLong(words[1])));
            } else if (!words[0].endsWith(":")) {
                // "from-to perms offset device inode name"
                name = words.length > 5 ? words[5] : "";
            }
        }
        return mappings;
    }
}
