package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ErrnoTest {

    /** Compares the names with the C library's, which needs glibc 2.32 or later. */
    @Test
    @SuppressWarnings("restricted")
    void namesAreThoseOfTheCLibrary() throws Throwable {
        Linker linker = Linker.nativeLinker();
        var function = linker.defaultLookup().find("strerrorname_np");
        Assumptions.assumeTrue(
                function.isPresent(), "skipped: the C library has no strerrorname_np");
        MethodHandle nameOf =
                linker.downcallHandle(
                        function.get(),
                        FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        int named = 0;
        for (int errno = 1; errno < 134; errno++) {
            String name = Errno.name(errno);
            if (name.startsWith("E")) {
                MemorySegment real = (MemorySegment) nameOf.invokeExact(errno);
                String realName = real.reinterpret(32).getString(0);
                // One number has two names.
                assertThat(name).isEqualTo(realName.equals("ENOTSUP") ? "EOPNOTSUPP" : realName);
                named++;
            } else {
                assertThat(name).isEqualTo("errno " + errno);
            }
        }
        assertThat(named).isGreaterThan(20);
    }

    @Test
    void oneWithoutANameIsANumber() {
        assertThat(Errno.name(99)).isEqualTo("errno 99");
        assertThat(Errno.name(0)).isEqualTo("errno 0");
        assertThat(Errno.name(-1)).isEqualTo("errno -1");
    }

    @Test
    void anExceptionTellsCallNameAndNumber() {
        LinuxException e = new LinuxException("open(/kernel)", Errno.EACCES);
        assertThat(e).isInstanceOf(IOException.class).hasMessage("open(/kernel): EACCES (13)");
        assertThat(e.errno()).isEqualTo(13);
    }
}
