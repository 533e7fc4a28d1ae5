package dev.microsandbox.vmm.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {

    @Test
    void endsWithNul() throws Exception {
        assertThat(new CommandLine("root=/dev/vda ro").encode())
                .isEqualTo("root=/dev/vda ro\0".getBytes(US_ASCII));
        assertThat(new CommandLine("").encode()).containsExactly(0);
        assertThat(new CommandLine(" ~!").encode()).containsExactly(' ', '~', '!', 0);
    }

    @Test
    void aDeviceIsAParameterOfItsOwn() {
        assertThat(new CommandLine("quiet").withVirtioMmio(0xd000_0000L, 4096, 5).text())
                .isEqualTo("quiet virtio_mmio.device=4K@0xd0000000:5");
        assertThat(
                        new CommandLine("")
                                .withVirtioMmio(0xd000_0000L, 4096, 5)
                                .withVirtioMmio(0x1_0000_1000L, 65536, 23)
                                .text())
                .isEqualTo(
                        "virtio_mmio.device=4K@0xd0000000:5 virtio_mmio.device=64K@0x100001000:23");
    }

    @Test
    void theLongestIsTakenAndOneCharacterMoreIsNot() throws Exception {
        assertThat(new CommandLine("x".repeat(2047)).encode()).hasSize(2048);
        assertThatExceptionOfType(KernelException.class)
                .isThrownBy(() -> new CommandLine("x".repeat(2048)).encode())
                .withMessage("The kernel's command line has 2048 characters: 2047 is the most.");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0x0",
        "9, 0x9",
        "10, 0xa",
        "31, 0x1f",
        "127, 0x7f",
        "228, 0xe4",
        "8364, 0x20ac"
    })
    void whatIsNotPrintableAsciiIsRefused(int character, String shown) {
        CommandLine line = new CommandLine("a=" + (char) character);
        assertThatExceptionOfType(KernelException.class)
                .isThrownBy(line::encode)
                .withMessage(
                        "The kernel's command line has the character %s at 2: only printable ASCII can be passed.",
                        shown);
    }
}
