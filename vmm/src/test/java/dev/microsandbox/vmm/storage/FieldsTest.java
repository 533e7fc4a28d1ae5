package dev.microsandbox.vmm.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldsTest {

    private static final String FORMAT = "microsandbox-thing-2";
    private static final int MOST = 200;

    @TempDir private Path directory;

    private static Fields fields() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("name", "ö=x ");
        values.put("bytes", 1L << 40);
        values.put("empty", "");
        return Fields.of(values);
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(directory.resolve("about"), content);
    }

    @Test
    void comeBackAsTheyWere() throws IOException {
        byte[] plain = fields().encode();
        assertThat(new String(plain, UTF_8)).isEqualTo("name=ö=x \nbytes=1099511627776\nempty=\n");
        assertThat(Fields.decode(plain).values()).isEqualTo(fields().values());
        Path file = file(fields().seal(FORMAT));
        assertThat(Fields.readSealed(file, FORMAT, MOST).values()).isEqualTo(fields().values());
        assertThat(file).content().startsWith("format=" + FORMAT + "\nname=").contains("\nall=");
        assertThat(fields().get("name")).isEqualTo("ö=x ");
        assertThat(fields().number("bytes")).isEqualTo(1L << 40);
        assertThat(fields().find("none")).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> fields().get("none"));
        assertThatIllegalArgumentException().isThrownBy(() -> fields().number("name"));
    }

    @ParameterizedTest
    @CsvSource({"'',x", "a=b,x", "'a\nb',x", "a,'x\ny=z'"})
    void whatCouldNotBeReadBackIsNotWritten(String key, String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> Fields.of(Map.of(key, value)));
    }

    @Test
    void damageOfAnyByteIsFound() throws IOException {
        byte[] whole = fields().seal(FORMAT);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 1;
            refused(damaged, "");
            refused(Arrays.copyOf(whole, i), "");
        }
        refused(Arrays.copyOf(whole, whole.length + 1), "its file 'about' is damaged; delete it");
        refused(fields().encode(), "its file 'about' is damaged; delete it");
    }

    private void refused(byte[] content, String message) throws IOException {
        Path file = file(content);
        assertThatIOException()
                .isThrownBy(() -> Fields.readSealed(file, FORMAT, MOST))
                .withMessageContaining(message)
                .withMessageMatching(".*(delete it|make a new one)");
    }

    @Test
    void anotherFormatIsNamed() throws IOException {
        refused(
                fields().seal("microsandbox-thing-3"),
                "it has format microsandbox-thing-3, and this program reads microsandbox-thing-2;"
                        + " make a new one");
        refused(fields().seal("microsandbox-other-2"), "damaged");
        assertThat(Fields.isVersionOf(FORMAT, file(fields().seal("microsandbox-thing-9"))))
                .isTrue();
        assertThat(Fields.isVersionOf(FORMAT, file(fields().seal("microsandbox-other-2"))))
                .isFalse();
        assertThat(Fields.isVersionOf(FORMAT, directory.resolve("none"))).isFalse();
    }

    @Test
    void oneThatIsTooLongOrMissingIsRefused() throws IOException {
        byte[] sealed = fields().seal(FORMAT);
        Path file = file(sealed);
        assertThat(Fields.readSealed(file, FORMAT, sealed.length).values()).hasSize(3);
        assertThatIOException()
                .isThrownBy(() -> Fields.readSealed(file, FORMAT, sealed.length - 1))
                .withMessage("its file 'about' is damaged; delete it");
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> Fields.readSealed(directory.resolve("none"), FORMAT, MOST));
    }

    @Test
    void aSealIsOfItsContent() {
        byte[] content = "text\n".getBytes(UTF_8);
        byte[] sealed = Seal.PLAIN.append(content);
        assertThat(new String(sealed, UTF_8))
                .isEqualTo(
                        "text\nb9e68e1bea3e5b19ca6b2f98b73a54b73daafaa250484902e09982e07a12e733\n");
        assertThat(Seal.PLAIN.open(sealed)).contains(content);
        assertThat(new Seal("all=").open(sealed)).isEmpty();
        assertThat(Seal.PLAIN.open(content)).isEmpty();
        assertThat(Seal.PLAIN.open(new byte[0])).isEmpty();
    }
}
