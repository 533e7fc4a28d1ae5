/**
 * Recipes: what an image's root file system is made from. {@link
 * dev.microsandbox.vmm.image.recipe.RecipeParser} reads the text that a user writes, {@link
 * dev.microsandbox.vmm.image.recipe.LanguageManifest} knows which packages a language needs, and
 * {@link dev.microsandbox.vmm.image.recipe.ImageName} says how images may be called.
 */
@NullMarked
package dev.microsandbox.vmm.image.recipe;

import org.jspecify.annotations.NullMarked;
