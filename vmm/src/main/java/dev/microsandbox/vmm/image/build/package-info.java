/**
 * Building guest images from their sources with the tools of a Debian host. Start with {@link
 * dev.microsandbox.vmm.image.build.AssetBuilder}: each implementation makes one kind of asset.
 * {@link dev.microsandbox.vmm.image.build.KernelBuild} makes the kernel, {@link
 * dev.microsandbox.vmm.image.build.TreeBuild} installs the packages of a recipe, and {@link
 * dev.microsandbox.vmm.image.build.RootfsBuild} turns that tree into a file system with agent and
 * runners in it. The other classes run the tools, contain them, and check what they made.
 */
@NullMarked
package dev.microsandbox.vmm.image.build;

import org.jspecify.annotations.NullMarked;
