// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/error_mapping.h"

namespace app {

namespace {

ErrorCode codeOf(engine::ErrorCode code)
{
    switch (code) {
    case engine::ErrorCode::io: // the engine only reads: a model's files, or rows of a session
    case engine::ErrorCode::badInput:
    case engine::ErrorCode::unsupported:
        return ErrorCode::badInput;
    case engine::ErrorCode::mismatch:
        return ErrorCode::mismatch;
    case engine::ErrorCode::cancelled:
        return ErrorCode::cancelled;
    case engine::ErrorCode::outOfMemory:
        break;
    }
    return ErrorCode::failed;
}

ErrorCode codeOf(ingest::ErrorCode code)
{
    return code == ingest::ErrorCode::cancelled ? ErrorCode::cancelled : ErrorCode::badInput;
}

ErrorCode codeOf(storage::ErrorCode code)
{
    switch (code) {
    case storage::ErrorCode::notFound:
    case storage::ErrorCode::foreignFile:
    case storage::ErrorCode::newerFile:
    case storage::ErrorCode::damaged:
        return ErrorCode::badInput;
    case storage::ErrorCode::busy:
        return ErrorCode::busy;
    case storage::ErrorCode::io:
    case storage::ErrorCode::diskFull:
    case storage::ErrorCode::alreadyExists:
    case storage::ErrorCode::readOnly:
    case storage::ErrorCode::outOfMemory:
    case storage::ErrorCode::badInput:
        break;
    }
    return ErrorCode::failed;
}

ErrorCode codeOf(answering::ErrorCode code)
{
    switch (code) {
    case answering::ErrorCode::badInput:
        return ErrorCode::wrongUse;
    case answering::ErrorCode::cancelled:
        return ErrorCode::cancelled;
    case answering::ErrorCode::model:
    case answering::ErrorCode::sources:
        break;
    }
    return ErrorCode::failed;
}

} // namespace

Error toAppError(const engine::Error& error)
{
    return {codeOf(error.code), error.message};
}

Error toAppError(const ingest::Error& error)
{
    return {codeOf(error.code), error.message};
}

Error toAppError(const storage::Error& error)
{
    return {codeOf(error.code), error.message};
}

Error toAppError(const answering::Error& error)
{
    return {codeOf(error.code), error.message};
}

} // namespace app
