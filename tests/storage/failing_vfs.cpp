// SPDX-License-Identifier: GPL-3.0-or-later
#include "failing_vfs.h"

#include <new>

#include <sqlite3.h>

namespace storage::failing {

namespace {

constexpr int kNever = -1;

struct State
{
    int callsLeft = kNever;
    Failure failure = Failure::diskFull;
    bool hasFailed = false;
};
State state;
sqlite3_vfs* realVfs = nullptr;

/// SQLite allocates szOsFile bytes: this, and behind it the real file.
struct File
{
    sqlite3_file base;
};

sqlite3_file* real(sqlite3_file* file)
{
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

/// Whether this call has to fail.
bool isTurnToFail()
{
    if (state.callsLeft == kNever)
        return false;
    if (state.callsLeft > 0) {
        --state.callsLeft;
        return false;
    }
    state.hasFailed = true;
    return true;
}

int closeFile(sqlite3_file* file)
{
    return real(file)->pMethods->xClose(real(file));
}

int readFile(sqlite3_file* file, void* out, int size, sqlite3_int64 at)
{
    return real(file)->pMethods->xRead(real(file), out, size, at);
}

int writeFile(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at)
{
    if (state.failure != Failure::syncError && isTurnToFail())
        return state.failure == Failure::diskFull ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return real(file)->pMethods->xWrite(real(file), bytes, size, at);
}

int truncateFile(sqlite3_file* file, sqlite3_int64 size)
{
    return real(file)->pMethods->xTruncate(real(file), size);
}

int syncFile(sqlite3_file* file, int flags)
{
    if (state.failure == Failure::syncError && isTurnToFail())
        return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
}

int fileSize(sqlite3_file* file, sqlite3_int64* size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

int lockFile(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

int unlockFile(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

int checkReservedLock(sqlite3_file* file, int* isReserved)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), isReserved);
}

int fileControl(sqlite3_file* file, int operation, void* argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

int sectorSize(sqlite3_file* file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

int deviceCharacteristics(sqlite3_file* file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

constexpr sqlite3_io_methods kMethods = {1,
                                         closeFile,
                                         readFile,
                                         writeFile,
                                         truncateFile,
                                         syncFile,
                                         fileSize,
                                         lockFile,
                                         unlockFile,
                                         checkReservedLock,
                                         fileControl,
                                         sectorSize,
                                         deviceCharacteristics,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};

int openFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags)
{
    new (file) File{};
    const int code = realVfs->xOpen(realVfs, name, real(file), flags, outFlags);
    // Without methods SQLite does not call close on a file that could not be opened.
    file->pMethods = real(file)->pMethods == nullptr ? nullptr : &kMethods;
    return code;
}

} // namespace

void install()
{
    realVfs = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs = *realVfs;
    vfs.zName = "failing";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + realVfs->szOsFile;
    vfs.xOpen = openFile;
    vfs.pNext = nullptr;
    sqlite3_vfs_register(&vfs, 1);
}

void failAfter(int count, Failure failure)
{
    state = {count, failure, false};
}

void heal()
{
    state.callsLeft = kNever;
}

bool hasFailed()
{
    return state.hasFailed;
}

} // namespace storage::failing
