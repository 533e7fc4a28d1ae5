/**
 * MicroVMs from Java: a {@link dev.microsandbox.vmm.Sandbox} is a computer of its own in which
 * untrusted code runs. Depends on nothing but the JDK.
 */
module dev.microsandbox.vmm {
    requires jdk.jfr;
    requires static transitive org.jspecify;

    exports dev.microsandbox.vmm;
    exports dev.microsandbox.vmm.host;
    exports dev.microsandbox.vmm.image;

    // Internal: for the server that is built with this module.
    exports dev.microsandbox.vmm.cgroup;
    exports dev.microsandbox.vmm.confine;
    exports dev.microsandbox.vmm.storage;
}
