package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.life.SessionHost;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A host without computers. It keeps no sessions and records which have ended. */
public class TestHost implements SessionHost {

    final List<String> ended = new CopyOnWriteArrayList<>();

    @Override
    public void remember(String sessionId, SessionClient client) {}

    @Override
    public boolean keep(String sessionId, SessionClient client) {
        return false;
    }

    @Override
    public Optional<SessionClient> kept(String sessionId) {
        return Optional.empty();
    }

    @Override
    public void end(String sessionId) {
        ended.add(sessionId);
    }

    @Override
    public void sweep() {}
}
