package dev.microsandbox.vmm.confine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.linux.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Installs the filter in a JVM of its own, and tries what it denies. */
@Timeout(60)
class SystemCallFilterTest {

    private static final int ALLOW = 0x7fff_0000;
    private static final int DENY = 0x0005_0000 | Errno.EPERM;
    private static final int X86_64 = 0xc000_003e;
    private static final int I386 = 0x4000_0003;

    private static final long SELF = ProcessHandle.current().pid();

    /** Calls that are denied because of an argument, with it. */
    private static final List<String> BY_ARGUMENT =
            List.of(
                    "typing:16:0:" + 0x5412 + ":0",
                    "new-user-namespace:56:" + 0x1000_0011 + ":0:0:0:0",
                    "new-network:56:" + 0x4000_0011 + ":0:0:0:0",
                    "raw-socket:41:2:3:1",
                    "raw-socket-v6:41:10:3:58",
                    "packet-socket:41:17:3:0",
                    "vsock:41:40:1:0",
                    "crypto-socket:41:38:5:0",
                    "netlink-audit:41:16:3:9",
                    "limits-of-others:302:1:7:0:0",
                    "signalled-by-a-file:72:0:8:1",
                    "signalled-by-a-file-too:72:0:15:0",
                    "with-another-signal:72:0:10:9",
                    "signalled-by-a-socket:16:0:" + 0x8901 + ":0",
                    "signalled-by-a-socket-too:16:0:" + 0x8902 + ":0",
                    "attributes-of-a-file:16:0:" + 0x4008_6602 + ":0",
                    "x32:" + (39 + 0x4000_0000));

    private static final List<String> NEEDED =
            List.of(
                    "socket:41:2:1:0",
                    "socket-v6:41:10:526337:0",
                    "routes:41:16:3:0",
                    "own-limits:302:0:7:0:0",
                    "getpid:39");

    @Test
    void withoutProgramsNothingIsLeftBut() throws Exception {
        List<String> denied =
                new ArrayList<>(
                        Stream.concat(
                                        SystemCall.NEVER_NEEDED.stream(),
                                        SystemCall.FOR_PROGRAMS.stream())
                                .map(call -> call + ":" + call.number())
                                .toList());
        denied.addAll(BY_ARGUMENT);
        denied.add("new-process:56:17:0:0:0:0");
        denied.add("signal-to-init:234:1:1:0");
        denied.add("unix-socket:41:1:1:0");
        denied.add("unix-datagrams:53:1:2:0:0");
        denied.add("outlive-the-launcher:157:1:0:0:0:0");
        List<String> calls = new ArrayList<>(denied);
        calls.addAll(NEEDED);
        calls.add("clone3:435:0:0");

        Map<String, Integer> results = FilteredProcess.run("all", calls);

        for (String call : denied) {
            assertThat(results).as(call).containsEntry(name(call), Errno.EPERM);
        }
        for (String call : NEEDED) {
            assertThat(results).as(call).containsEntry(name(call), 0);
        }
        assertThat(results)
                .containsEntry("clone3", Errno.ENOSYS)
                .containsEntry("thread", 0)
                .containsEntry("virtual", 0)
                .containsEntry("program", 1)
                .containsEntry("filtered", 1)
                .containsEntry("noNewPrivs", 1);
    }

    @Test
    void withProgramsTheRestIsDeniedAllTheSame() throws Exception {
        List<String> denied =
                new ArrayList<>(
                        SystemCall.NEVER_NEEDED.stream()
                                .map(call -> call + ":" + call.number())
                                .toList());
        denied.addAll(BY_ARGUMENT);
        List<String> calls = new ArrayList<>(denied);
        calls.addAll(NEEDED);
        calls.add("signal:62:0:0");
        calls.add("unix-socket:41:1:1:0");

        Map<String, Integer> results = FilteredProcess.run("programs", calls);

        for (String call : denied) {
            assertThat(results).as(call).containsEntry(name(call), Errno.EPERM);
        }
        for (String call : NEEDED) {
            assertThat(results).as(call).containsEntry(name(call), 0);
        }
        assertThat(results)
                .containsEntry("signal", 0)
                .containsEntry("unix-socket", 0)
                .containsEntry("program", 0)
                .containsEntry("thread", 0)
                .containsEntry("filtered", 1);
    }

    /** Shows that it is the filter that denies the calls above. */
    @Test
    void withoutAFilterTheKernelAnswersOtherwise() throws Exception {
        Map<String, Integer> results =
                FilteredProcess.run(
                        "none",
                        List.of(
                                "PTRACE:101:9999:0:0:0",
                                "EXECVE:59:0:0:0",
                                "UNSHARE:272:0",
                                "PROCESS_VM_READV:310:0:0:0:0:0:0",
                                "KCMP:312:0:0:9999",
                                "new-user-namespace:435:0:0",
                                "unix-socket:41:1:1:0"));
        assertThat(results)
                .doesNotContainValue(Errno.EPERM)
                .containsEntry("UNSHARE", 0)
                .containsEntry("program", 0)
                .containsEntry("filtered", 0);
    }

    @Test
    void callsOfOtherArchitecturesAreDenied() {
        long[] filter = SystemCallFilter.withPrograms().instructions(SELF);
        int getpid = 39;
        assertThat(verdict(filter, X86_64, getpid)).isEqualTo(ALLOW);
        assertThat(verdict(filter, I386, getpid)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, getpid | 0x4000_0000)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, -1)).isEqualTo(DENY);
    }

    /** Only the low half of an int counts, whatever the caller leaves in the high half. */
    @Test
    void theHighHalfOfAnArgumentHidesNothing() {
        long[] filter = SystemCallFilter.withoutPrograms().instructions(SELF);
        long noise = 0x1234_5678L << 32;
        assertThat(verdict(filter, X86_64, 16, 0, noise | 0x5412)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 56, noise | 0x1000_0000)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 41, noise | 17, 3)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 41, 2, noise | 3)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 234, 1, SELF)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 234, SELF, 7)).isEqualTo(ALLOW);
        assertThat(verdict(filter, X86_64, 72, 0, noise | 8)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 53, noise | 1, noise | 2)).isEqualTo(DENY);
        assertThat(verdict(filter, X86_64, 53, 1, 0x80005)).as("a pair").isEqualTo(ALLOW);
        assertThat(verdict(filter, X86_64, 56, 0x3d0f00)).as("a thread").isEqualTo(ALLOW);
        assertThat(verdict(filter, X86_64, 56, 0x11)).as("a process").isEqualTo(DENY);
    }

    private static String name(String call) {
        return call.substring(0, call.indexOf(':'));
    }

    /** Runs a filter as the kernel does. */
    private static int verdict(long[] filter, int architecture, int number, long... arguments) {
        int loaded = 0;
        for (int at = 0; ; at++) {
            long instruction = filter[at];
            int operand = (int) (instruction >>> 32);
            int ifTrue = (int) (instruction >>> 16) & 0xff;
            int ifFalse = (int) (instruction >>> 24) & 0xff;
            switch ((int) instruction & 0xffff) {
                case 0x20 ->
                        loaded =
                                switch (operand) {
                                    case 0 -> number;
                                    case 4 -> architecture;
                                    default -> (int) arguments[(operand - 16) / 8];
                                };
                case 0x54 -> loaded &= operand;
                case 0x15 -> at += loaded == operand ? ifTrue : ifFalse;
                case 0x35 -> at += Integer.compareUnsigned(loaded, operand) >= 0 ? ifTrue : ifFalse;
                case 0x45 -> at += (loaded & operand) != 0 ? ifTrue : ifFalse;
                case 0x06 -> {
                    return operand;
                }
                default -> throw new AssertionError("no instruction of a filter: " + instruction);
            }
        }
    }
}
