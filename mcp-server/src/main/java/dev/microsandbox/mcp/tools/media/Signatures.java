package dev.microsandbox.mcp.tools.media;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Detects binary formats by their signatures. */
final class Signatures {

    /**
     * The signature of a format.
     *
     * @param at the offset of the signature in the file
     */
    private record Signature(String mimeType, int at, byte[] bytes) {

        boolean fits(byte[] file) {
            if (file.length < at + bytes.length) {
                return false;
            }
            for (int i = 0; i < bytes.length; i++) {
                if (file[at + i] != bytes[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /** All signatures. The first match counts. */
    private static final List<Signature> ALL =
            List.of(
                    hex("image/png", "89504e470d0a1a0a"),
                    hex("image/jpeg", "ffd8ff"),
                    text("image/gif", 0, "GIF87a"),
                    text("image/gif", 0, "GIF89a"),
                    text("image/webp", 8, "WEBP"),
                    text("audio/wav", 8, "WAVE"),
                    text("video/x-msvideo", 8, "AVI "),
                    text("image/avif", 4, "ftypavif"),
                    text("image/heic", 4, "ftypheic"),
                    text("audio/mp4", 4, "ftypM4A"),
                    text("video/quicktime", 4, "ftypqt"),
                    text("video/mp4", 4, "ftyp"),
                    hex("image/tiff", "49492a00"),
                    hex("image/tiff", "4d4d002a"),
                    hex("image/vnd.microsoft.icon", "00000100"),
                    text("application/pdf", 0, "%PDF-"),
                    hex("application/zip", "504b0304"),
                    hex("application/zip", "504b0506"),
                    hex("application/gzip", "1f8b08"),
                    text("application/x-bzip2", 0, "BZh"),
                    hex("application/x-xz", "fd377a585a00"),
                    hex("application/zstd", "28b52ffd"),
                    hex("application/x-7z-compressed", "377abcaf271c"),
                    hex("application/vnd.rar", "526172211a07"),
                    text("application/x-tar", 257, "ustar"),
                    text("application/vnd.debian.binary-package", 0, "!<arch>\ndebian"),
                    text("application/x-archive", 0, "!<arch>\n"),
                    hex("application/x-elf", "7f454c46"),
                    hex("application/wasm", "0061736d"),
                    hex("application/java-vm", "cafebabe"),
                    text("application/vnd.sqlite3", 0, "SQLite format 3\0"),
                    text("application/vnd.apache.parquet", 0, "PAR1"),
                    text("application/vnd.apache.arrow.file", 0, "ARROW1"),
                    hex("application/x-hdf5", "894844460d0a1a0a"),
                    hex("application/x-npy", "934e554d5059"),
                    text("audio/mpeg", 0, "ID3"),
                    text("audio/flac", 0, "fLaC"),
                    text("audio/ogg", 0, "OggS"),
                    hex("video/x-matroska", "1a45dfa3"),
                    text("font/woff2", 0, "wOF2"),
                    text("font/woff", 0, "wOFF"),
                    text("font/otf", 0, "OTTO"),
                    hex("font/ttf", "0001000000"));

    private Signatures() {}

    private static Signature hex(String mimeType, String bytes) {
        return new Signature(mimeType, 0, HexFormat.of().parseHex(bytes));
    }

    private static Signature text(String mimeType, int at, String bytes) {
        return new Signature(mimeType, at, bytes.getBytes(StandardCharsets.US_ASCII));
    }

    /** The MIME type of a file with these first bytes; empty if unknown. */
    static Optional<String> find(byte[] prefix) {
        return ALL.stream().filter(s -> s.fits(prefix)).map(Signature::mimeType).findFirst();
    }
}
