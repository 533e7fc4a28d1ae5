package dev.microsandbox.mcp.session;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A wrapper of the real disk. It notifies a test before each change of a name, and between the
 * opening and the writing of a file. The files at that moment are what a process leaves if it is
 * killed there. It allows one change at a time.
 */
final class WatchedDisk extends FileSystemProvider {

    /** Called before a change. */
    interface Watcher {
        void beforeChange(String what) throws IOException;
    }

    private final FileSystem fileSystem = new WatchedFileSystem();
    private volatile Watcher watcher = what -> {};

    void watch(Watcher newWatcher) {
        watcher = newWatcher;
    }

    Path watched(Path real) {
        return new WatchedPath(real);
    }

    private static Path real(Path path) {
        return path instanceof WatchedPath watched ? watched.real : path;
    }

    private interface Change<T> {
        T make() throws IOException;
    }

    private synchronized <T> T change(String what, Path path, Change<T> change) throws IOException {
        watcher.beforeChange(what + " " + path.getFileName());
        return change.make();
    }

    private static boolean writes(Set<? extends OpenOption> options) {
        return options.contains(StandardOpenOption.WRITE)
                || options.contains(StandardOpenOption.APPEND);
    }

    @Override
    public synchronized FileChannel newFileChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        if (!writes(options)) {
            return FileChannel.open(real(path), options, attributes);
        }
        FileChannel channel =
                change("open", path, () -> FileChannel.open(real(path), options, attributes));
        watcher.beforeChange("write " + path.getFileName());
        return channel;
    }

    @Override
    public synchronized SeekableByteChannel newByteChannel(
            Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        FileSystemProvider provider = real(path).getFileSystem().provider();
        if (!writes(options)) {
            return provider.newByteChannel(real(path), options, attributes);
        }
        SeekableByteChannel channel =
                change(
                        "open",
                        path,
                        () -> provider.newByteChannel(real(path), options, attributes));
        watcher.beforeChange("write " + path.getFileName());
        return channel;
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        change("make", path, () -> Files.createDirectory(real(path), attributes));
    }

    @Override
    public void delete(Path path) throws IOException {
        change(
                "delete",
                path,
                () -> {
                    Files.delete(real(path));
                    return path;
                });
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        change("move to", target, () -> Files.move(real(source), real(target), options));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        change("copy to", target, () -> Files.copy(real(source), real(target), options));
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        change("link", link, () -> Files.createLink(real(link), real(existing)));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
            Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
        List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> names = Files.newDirectoryStream(real(path))) {
            for (Path name : names) {
                Path watched = watched(name);
                if (filter.accept(watched)) {
                    all.add(watched);
                }
            }
        }
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                return all.iterator();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public boolean isSameFile(Path a, Path b) throws IOException {
        return Files.isSameFile(real(a), real(b));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return Files.isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return Files.getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        real(path).getFileSystem().provider().checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        return Files.getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
            Path path, Class<A> type, LinkOption... options) throws IOException {
        return Files.readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
            throws IOException {
        return Files.readAttributes(real(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
            throws IOException {
        Files.setAttribute(real(path), attribute, value, options);
    }

    @Override
    public String getScheme() {
        return "watched";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return fileSystem;
    }

    @Override
    public Path getPath(URI uri) {
        throw new UnsupportedOperationException();
    }

    private final class WatchedFileSystem extends FileSystem {

        @Override
        public FileSystemProvider provider() {
            return WatchedDisk.this;
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return "/";
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return List.of(getPath("/"));
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return List.of();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return Set.of("basic", "posix");
        }

        @Override
        public Path getPath(String first, String... more) {
            return watched(Path.of(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            throw new UnsupportedOperationException();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    }

    private final class WatchedPath implements Path {

        private final Path real;

        WatchedPath(Path real) {
            this.real = real;
        }

        private @Nullable Path watchedOrNull(@Nullable Path path) {
            return path == null ? null : watched(path);
        }

        @Override
        public FileSystem getFileSystem() {
            return fileSystem;
        }

        @Override
        public boolean isAbsolute() {
            return real.isAbsolute();
        }

        @Override
        public @Nullable Path getRoot() {
            return watchedOrNull(real.getRoot());
        }

        @Override
        public @Nullable Path getFileName() {
            return watchedOrNull(real.getFileName());
        }

        @Override
        public @Nullable Path getParent() {
            return watchedOrNull(real.getParent());
        }

        @Override
        public int getNameCount() {
            return real.getNameCount();
        }

        @Override
        public Path getName(int index) {
            return watched(real.getName(index));
        }

        @Override
        public Path subpath(int begin, int end) {
            return watched(real.subpath(begin, end));
        }

        @Override
        public boolean startsWith(Path other) {
            return real.startsWith(real(other));
        }

        @Override
        public boolean endsWith(Path other) {
            return real.endsWith(real(other));
        }

        @Override
        public Path normalize() {
            return watched(real.normalize());
        }

        @Override
        public Path resolve(Path other) {
            return watched(real.resolve(real(other)));
        }

        @Override
        public Path relativize(Path other) {
            return watched(real.relativize(real(other)));
        }

        @Override
        public URI toUri() {
            return real.toUri();
        }

        @Override
        public Path toAbsolutePath() {
            return watched(real.toAbsolutePath());
        }

        @Override
        public Path toRealPath(LinkOption... options) throws IOException {
            return watched(real.toRealPath(options));
        }

        @Override
        public WatchKey register(
                WatchService service,
                WatchEvent.Kind<?>[] events,
                WatchEvent.Modifier... modifiers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Path other) {
            return real.compareTo(real(other));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof WatchedPath path && path.real.equals(real);
        }

        @Override
        public int hashCode() {
            return real.hashCode();
        }

        @Override
        public String toString() {
            return real.toString();
        }
    }
}
