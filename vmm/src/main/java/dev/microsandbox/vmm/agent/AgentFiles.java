package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.FileEntry;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxFiles;
import dev.microsandbox.vmm.agent.AgentStream.DataHandler;
import dev.microsandbox.vmm.agent.stream.CallLimit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/** File operations over the agent protocol. */
final class AgentFiles implements SandboxFiles {

    private static final int DIRECTORY_MODE = 0755;

    /** Ends a listing that takes more of the host's memory than any may. */
    private static final class ListingFullException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ListingFullException() {
            super("the listing is full", null, false, false);
        }
    }

    private final AgentConnection connection;

    AgentFiles(AgentConnection connection) {
        this.connection = connection;
    }

    @Override
    public FileStat read(String path, long offset, long length, OutputStream sink)
            throws IOException, InterruptedException {
        if (offset < 0 || (length < 0 && length != TO_END)) {
            throw new GuestException(
                    GuestException.BAD_ARGUMENT, "offset and length must be at least 0");
        }
        PayloadWriter arguments = path(path).u64(offset).u64(length);
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_FILE_READ,
                        arguments,
                        1 << Protocol.CHANNEL_OUTPUT,
                        length == TO_END ? AgentStream.UNBOUNDED : length,
                        CallLimit.transfer(connection.patience()));
        return stream.await((channel, bytes) -> sink.write(bytes), Results::stat);
    }

    @Override
    public FileStat write(String path, InputStream source, WriteOptions options)
            throws IOException, InterruptedException {
        int flags =
                (options.append() ? Protocol.WRITE_APPEND : 0)
                        | (options.makeParents() ? Protocol.WRITE_PARENTS : 0)
                        | (options.mustBeNew() ? Protocol.WRITE_EXCLUSIVE : 0);
        PayloadWriter arguments = path(path).u32(options.mode()).u8(flags);
        AgentStream stream =
                connection.open(
                        Protocol.OPERATION_FILE_WRITE,
                        arguments,
                        0,
                        0,
                        CallLimit.transfer(connection.patience()));
        try {
            byte[] buffer = new byte[Protocol.FRAME_DATA_MAX];
            int length;
            do {
                length = source.read(buffer);
            } while (length >= 0 && stream.send(Protocol.CHANNEL_INPUT, buffer, 0, length));
        } catch (IOException | InterruptedException | RuntimeException e) {
            stream.cancelAndDrain();
            throw e;
        }
        stream.sendEof(Protocol.CHANNEL_INPUT);
        return stream.await(DataHandler.NONE, Results::stat);
    }

    @Override
    public FileStat stat(String path, boolean follow) throws InterruptedException {
        return Calls.call(
                connection,
                Protocol.OPERATION_FILE_STAT,
                path(path).u8(follow ? 1 : 0),
                Results::stat);
    }

    @Override
    public Listing list(String path, int depth, int maxEntries) throws InterruptedException {
        if (depth < 1 || depth > Protocol.LIST_DEPTH_MAX) {
            throw new GuestException(
                    GuestException.BAD_ARGUMENT, "depth must be 1 to " + Protocol.LIST_DEPTH_MAX);
        }
        if (maxEntries < 1 || maxEntries > Protocol.LIST_ENTRIES_MAX) {
            throw new GuestException(
                    GuestException.BAD_ARGUMENT,
                    "entries must be 1 to " + Protocol.LIST_ENTRIES_MAX);
        }
        PayloadWriter arguments = path(path).u32(depth).u32(maxEntries);
        List<FileEntry> entries = new ArrayList<>();
        long[] left = {Protocol.LIST_BYTES_MAX};
        boolean truncated;
        try {
            truncated =
                    Calls.callForRecords(
                            connection,
                            Protocol.OPERATION_FILE_LIST,
                            arguments,
                            new Calls.Records(
                                    Protocol.RECORD_ENTRY, Protocol.ENTRY_MAX, maxEntries),
                            body -> {
                                left[0] -= body.remaining();
                                if (left[0] < 0) {
                                    throw new ListingFullException();
                                }
                                entries.add(Results.entry(body));
                            },
                            PayloadReader::bool);
        } catch (ListingFullException e) {
            truncated = true;
        }
        return new Listing(entries, truncated);
    }

    @Override
    public void makeDirectory(String path, boolean parents) throws InterruptedException {
        Calls.call(
                connection,
                Protocol.OPERATION_FILE_MKDIR,
                path(path).u32(DIRECTORY_MODE).u8(parents ? 1 : 0),
                ResultDecoder.NOTHING);
    }

    @Override
    public void remove(String path, boolean recursive) throws InterruptedException {
        Calls.call(
                connection,
                Protocol.OPERATION_FILE_REMOVE,
                path(path).u8(recursive ? 1 : 0),
                ResultDecoder.NOTHING);
    }

    @Override
    public void rename(String from, String to, boolean replace) throws InterruptedException {
        checkPath(to);
        Calls.call(
                connection,
                Protocol.OPERATION_FILE_RENAME,
                path(from).str(to).u8(replace ? 1 : 0),
                ResultDecoder.NOTHING);
    }

    private static PayloadWriter path(String path) {
        checkPath(path);
        return new PayloadWriter().str(path);
    }

    private static void checkPath(String path) {
        if (path.isEmpty()) {
            throw new GuestException(GuestException.BAD_ARGUMENT, "the path is empty");
        }
        if (path.indexOf('\0') >= 0) {
            throw new GuestException(
                    GuestException.BAD_ARGUMENT, "a path cannot have a NUL character");
        }
    }
}
