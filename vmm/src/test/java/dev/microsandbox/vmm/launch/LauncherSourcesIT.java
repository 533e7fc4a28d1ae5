package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The launcher's own tests: what reads untrusted input, under sanitizers. */
class LauncherSourcesIT {

    @Test
    @Timeout(180)
    void whatReadsUntrustedInputPassesItsTestsUnderSanitizers() throws Exception {
        assertThat(BuiltLauncher.make("check")).contains("request: ok", "options: ok");
    }
}
