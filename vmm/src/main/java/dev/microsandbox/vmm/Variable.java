package dev.microsandbox.vmm;

import java.util.OptionalLong;

/**
 * A variable of an interpreter.
 *
 * @param type the language's name of its type
 * @param size in bytes, if the interpreter knows it
 * @param summary a short description of its value
 */
public record Variable(String name, String type, OptionalLong size, String summary) {}
