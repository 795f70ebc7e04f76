// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStringList>
#include <QTemporaryDir>

/// What one run of the program left behind.
struct Run
{
    int exitCode = -1;
    bool crashed = false;
    QByteArray out;
    QByteArray err;

    /// Standard output as the one JSON object it must be; empty if it is not.
    [[nodiscard]] QJsonObject json() const
    {
        return QJsonDocument::fromJson(out.trimmed()).object();
    }
};

/// The built program with a home of its own.
class Program
{
public:
    Program()
    {
        m_environment = QProcessEnvironment::systemEnvironment();
        m_environment.insert(QStringLiteral("XDG_DATA_HOME"),
                             m_home.filePath(QStringLiteral("data")));
        m_environment.insert(QStringLiteral("XDG_STATE_HOME"),
                             m_home.filePath(QStringLiteral("state")));
        m_environment.insert(QStringLiteral("XDG_CONFIG_HOME"),
                             m_home.filePath(QStringLiteral("config")));
        m_environment.insert(QStringLiteral("HOME"), m_home.path());
        m_environment.remove(QStringLiteral("DISPLAY"));
        m_environment.remove(QStringLiteral("WAYLAND_DISPLAY"));
        // Like a shell on a server: the commands must not need a display, nor this variable.
        m_environment.remove(QStringLiteral("QT_QPA_PLATFORM"));
        m_environment.remove(QStringLiteral("LECTERN_MODEL"));
    }

    [[nodiscard]] QString path(const QString& name) const { return m_home.filePath(name); }
    [[nodiscard]] QString library() const
    {
        return m_home.filePath(QStringLiteral("data/lectern/sessions"));
    }
    void set(const QString& variable, const QString& value)
    {
        m_environment.insert(variable, value);
    }

    void start(QProcess& process, const QStringList& arguments) const
    {
        process.setProcessEnvironment(m_environment);
        process.setWorkingDirectory(m_home.path());
        process.start(QStringLiteral(LECTERN_PROGRAM), arguments);
        if (!process.waitForStarted(30'000)) {
            qFatal("%s did not start", LECTERN_PROGRAM);
        }
    }

    [[nodiscard]] Run run(const QStringList& arguments) const
    {
        QProcess process;
        start(process, arguments);
        Run result;
        if (!process.waitForFinished(540'000)) {
            process.kill();
            process.waitForFinished();
        }
        result.exitCode = process.exitCode();
        result.crashed = process.exitStatus() != QProcess::NormalExit;
        result.out = process.readAllStandardOutput();
        result.err = process.readAllStandardError();
        return result;
    }

private:
    QTemporaryDir m_home;
    QProcessEnvironment m_environment;
};
