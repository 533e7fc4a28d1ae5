package dev.microsandbox.mcp.session.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;

/** Damages a file in every place in turn. */
public final class EachByteChanged {

    private EachByteChanged() {}

    /** What must hold while a byte is wrong. */
    @FunctionalInterface
    public interface Check {
        void run() throws Exception;
    }

    /** Changes each byte of a file in turn, checks, and puts the file back at the end. */
    public static void check(Path file, Check check) throws Exception {
        byte[] right = Files.readAllBytes(file);
        assertThat(right).hasSizeGreaterThan(100);
        for (int i = 0; i < right.length; i++) {
            byte[] wrong = right.clone();
            wrong[i] ^= 1;
            Files.write(file, wrong);
            check.run();
        }
        Files.write(file, right);
    }
}
