// SPDX-License-Identifier: GPL-3.0-or-later
// safetensors files and their index as anyone may write them: every size that a file claims is
// checked before it is used, and the message names file and tensor.
#include <QTemporaryDir>
#include <QtTest/QTest>

#include "safetensors_writer.h"

using namespace engine;

namespace {

/// JSON written with single quotes, so that it can be read here.
QByteArray jsonOf(const char* text)
{
    return QByteArray(text).replace('\'', '"');
}

void refuseFile(const QByteArray& bytes, const QByteArray& wanted)
{
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "x.safetensors";
    std::ofstream(path, std::ios::binary) << bytes.toStdString();
    const auto opened = Checkpoint::openFile(path);
    QVERIFY(!opened);
    const std::string& message = opened.error().message;
    QVERIFY2(message.find(wanted.toStdString()) != std::string::npos, message.c_str());
    QVERIFY2(message.rfind(path.string(), 0) == 0, message.c_str());
}

} // namespace

class TestSafetensorsFiles final : public QObject
{
    Q_OBJECT

private slots:
    void wrongHeaders_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("dataBytes");
        QTest::addColumn<QByteArray>("wanted");
        const auto row = [](const char* name, const char* header, int bytes, const char* wanted) {
            QTest::newRow(name) << jsonOf(header) << bytes << QByteArray(wanted);
        };
        row("2^60 elements in forty bytes",
            "{'a':{'dtype':'F32','shape':[1152921504606846976],'data_offsets':[0,4]}}", 4,
            "tensor a: shape [1152921504606846976] is larger than the file");
        row("elements past 64 bits",
            "{'a':{'dtype':'F32','shape':[4294967296,4294967296,4],'data_offsets':[0,4]}}", 4,
            "tensor a: shape [4294967296, 4294967296, 4] is larger than the file");
        row("negative extent", "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}", 4,
            "tensor a: shape: wanted whole numbers from 0, found -1");
        row("nine dimensions",
            "{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1],'data_offsets':[0,4]}}", 4,
            "tensor a: shape: wanted an array of 0 to 8 numbers");
        row("one offset", "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}}", 4,
            "tensor a: data_offsets: wanted an array of 2 to 2 numbers");
        row("offsets backwards", "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}", 4,
            "tensor a: wanted bytes 4 to 0, the file holds 4");
        row("offset past the end", "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 4,
            "tensor a: wanted bytes 0 to 8, the file holds 4 (truncated?)");
        row("offset near 2^64",
            "{'a':{'dtype':'F32','shape':[1],'data_offsets':[18446744073709551612,"
            "18446744073709551615]}}",
            4, "tensor a: wanted bytes 18446744073709551612");
        row("overlapping",
            "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[2],'"
            "data_offsets':[4,12]}}",
            12, "tensor b: wanted bytes of its own, found that a shares them");
        row("two in one place",
            "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'"
            "data_offsets':[0,4]}}",
            4, "wanted bytes of its own");
        row("hole", "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}", 8,
            "tensor a: wanted it to begin at byte 0, found 4");
        row("bytes after the last", "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}", 9,
            "wanted 4 bytes after the header, found 9");
        row("size and shape differ", "{'a':{'dtype':'BF16','shape':[3],'data_offsets':[0,8]}}", 8,
            "tensor a: BF16 [3] needs 6 bytes, found 8");
        row("one name twice",
            "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'"
            "data_offsets':[0,4]}}",
            4, "a: wanted once, found twice");
        row("unknown type", "{'a':{'dtype':'F64','shape':[1],'data_offsets':[0,8]}}", 8,
            "tensor a: dtype: wanted F32, F16, BF16, F8_E4M3, F8_E8M0, I8, U8, I32 or I64, found "
            "\"F64\"");
        row("entry is a number", "{'a':5}", 4, "tensor a: dtype: wanted a type's name");
        row("a list", "[1,2]", 4, "wanted a JSON object");
        row("no JSON", "tensors!", 4, "wanted JSON");
        QTest::newRow("a million brackets")
            << QByteArray(1000000, '[') << 4 << QByteArray("wanted JSON of at most 64 levels");
    }

    void wrongHeaders()
    {
        QFETCH(QByteArray, header);
        QFETCH(int, dataBytes);
        QFETCH(QByteArray, wanted);
        const std::uint64_t size = static_cast<std::uint64_t>(header.size());
        QByteArray file(reinterpret_cast<const char*>(&size), sizeof size);
        file += header + QByteArray(dataBytes, '\0');
        refuseFile(file, wanted);
    }

    void wrongLengths_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("wanted");
        QTest::newRow("empty") << QByteArray() << QByteArray("found 0 bytes");
        QTest::newRow("seven bytes") << QByteArray(7, 'a') << QByteArray("found 7 bytes");
        QTest::newRow("header longer than the file")
            << QByteArray("\x64\0\0\0\0\0\0\0{}", 10) << QByteArray("found a length of 100");
        QTest::newRow("header of 2^64 - 1 bytes")
            << QByteArray(40, '\xFF') << QByteArray("found a length of 18446744073709551615");
        QTest::newRow("a page of the web")
            << QByteArray("<!DOCTYPE html><html>") << QByteArray("wanted a safetensors header");
        QTest::newRow("a pointer to large-file storage")
            << QByteArray("version https://git-lfs.github.com/spec/v1\n")
            << QByteArray("wanted a safetensors header");
    }

    void wrongLengths()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, wanted);
        refuseFile(file, wanted);
    }

    void wrongIndex_data()
    {
        QTest::addColumn<QByteArray>("index");
        QTest::addColumn<QByteArray>("wanted");
        const auto row = [](const char* name, const char* index, const char* wanted) {
            QTest::newRow(name) << jsonOf(index) << QByteArray(wanted);
        };
        row("no weight_map", "{'metadata':{}}", "weight_map: wanted an object");
        row("empty weight_map", "{'weight_map':{}}", "weight_map: wanted an object");
        row("a file that is not there", "{'weight_map':{'norm.weight':'c.safetensors'}}",
            "weight_map.norm.weight: wanted the file c.safetensors, found none");
        row("a file outside", "{'weight_map':{'norm.weight':'../model.safetensors'}}",
            "weight_map.norm.weight: wanted the name of a file in the same folder");
        row("an absolute path", "{'weight_map':{'norm.weight':'/etc/passwd'}}",
            "weight_map.norm.weight: wanted the name of a file in the same folder");
        row("the folder above", "{'weight_map':{'norm.weight':'..'}}",
            "weight_map.norm.weight: wanted the name of a file in the same folder");
        row("a name with a zero", "{'weight_map':{'norm.weight':'a\\u0000.safetensors'}}",
            "weight_map.norm.weight: wanted the name of a file in the same folder");
        row("a number", "{'weight_map':{'norm.weight':1}}",
            "weight_map.norm.weight: wanted the name of a file in the same folder");
        row("a folder", "{'weight_map':{'norm.weight':'folder'}}", "no regular file");
        row("in the other file",
            "{'weight_map':{'norm.weight':'b.safetensors','x':'a.safetensors'}}",
            "weight_map.x: wanted the tensor in a.safetensors, found it nowhere");
        row("in no file", "{'weight_map':{'other.weight':'a.safetensors'}}",
            "weight_map.other.weight: wanted the tensor in a.safetensors, found it nowhere");
        row("one tensor in two files",
            "{'weight_map':{'norm.weight':'a.safetensors','y':'copy.safetensors'}}",
            "tensor norm.weight: wanted once, found in");
        row("one key twice",
            "{'weight_map':{'norm.weight':'a.safetensors','norm.weight':'b.safetensors'}}",
            "norm.weight: wanted once, found twice");
        row("cut off", "{'weight_map':{'norm", "wanted JSON");
    }

    void wrongIndex()
    {
        QFETCH(QByteArray, index);
        QFETCH(QByteArray, wanted);
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        SafetensorsWriter a;
        a.tensors["norm.weight"] = {"F32", {1}, std::vector<std::byte>(4)};
        a.write(path / "a.safetensors");
        a.write(path / "copy.safetensors");
        SafetensorsWriter b;
        b.tensors["x"] = a.tensors["norm.weight"];
        b.write(path / "b.safetensors");
        std::filesystem::create_directory(path / "folder");
        std::ofstream(path / "model.safetensors.index.json") << index.toStdString();
        const auto opened = Checkpoint::openDirectory(path);
        QVERIFY(!opened);
        QVERIFY2(opened.error().message.find(wanted.toStdString()) != std::string::npos,
                 opened.error().message.c_str());
        QVERIFY2(opened.error().message.find(folder.path().toStdString()) != std::string::npos,
                 opened.error().message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestSafetensorsFiles)
#include "tst_safetensors_files.moc"
