package dev.microsandbox.vmm.agent;

/** Decodes an operation's result. */
@FunctionalInterface
interface ResultDecoder<T> {

    /** For operations without a result. */
    ResultDecoder<Boolean> NOTHING = in -> true;

    T decode(PayloadReader in) throws ProtocolException;
}
