// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing of its own: the target that precompiles headers for the tests needs a source.
