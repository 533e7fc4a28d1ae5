package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SandboxStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostProgramsTest {

    @Test
    void aMissingProgramIsNamedWithItsPackage(@TempDir Path bin) throws Exception {
        program(bin, "setpriv");
        assertThatThrownBy(() -> HostPrograms.require("/nowhere::" + bin))
                .isInstanceOf(SandboxStartException.class)
                .hasMessageContaining("qemu-system-x86_64, which is not installed")
                .hasMessageContaining("apt-get install qemu-system-x86");
        program(bin, "qemu-system-x86_64");
        assertThatCode(() -> HostPrograms.require("/nowhere::" + bin)).doesNotThrowAnyException();
    }

    private static void program(Path bin, String name) throws Exception {
        Files.createFile(
                bin.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }
}
