// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/logins/loginkeeper.h"
#include "client/sentences/sentences.h"
#include "tests/support/fakekeyring.h"

#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace rookery;
using namespace rookery::client;

namespace {

KeptLogin ann()
{
    return {QStringLiteral("chat.example.org"), QUrl(QStringLiteral("https://chat.example.org:443")),
        User{QStringLiteral("u-1"), QStringLiteral("ann")}, "the-token"};
}

KeptLogin ben()
{
    return {QStringLiteral("localhost:5000"), QUrl(QStringLiteral("http://localhost:5000")),
        User{QStringLiteral("u-2"), QStringLiteral("ben")}, "another-token"};
}

int modeOf(const QString &path)
{
    struct stat info = {};
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? int(info.st_mode & 07777) : -1;
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void replace(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(content);
}

} // namespace

class LoginKeeperTest : public QObject
{
    Q_OBJECT

private:
    FakeKeyring::Desktop m_desktop;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<LoginKeeper> m_keeper;

    QString path() const { return loginfile::path(m_directory->path()); }
    void start()
    {
        m_keeper =
            std::make_unique<LoginKeeper>(m_directory->path(), std::make_unique<FakeKeyring>(&m_desktop));
    }
    Outcome<Nothing> keep(const KeptLogin &login)
    {
        std::optional<Outcome<Nothing>> answer;
        m_keeper->keep(login, this, [&answer](Outcome<Nothing> done) { answer = std::move(done); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }))
            return Problem(Problem::NoAnswer);
        return *answer;
    }
    Outcome<Nothing> forget()
    {
        std::optional<Outcome<Nothing>> answer;
        m_keeper->forget(this, [&answer](Outcome<Nothing> done) { answer = std::move(done); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }))
            return Problem(Problem::NoAnswer);
        return *answer;
    }
    Outcome<QByteArray> token(const KeptLogin &login)
    {
        std::optional<Outcome<QByteArray>> answer;
        m_keeper->readToken(login, this, [&answer](Outcome<QByteArray> got) { answer = std::move(got); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }))
            return Problem(Problem::NoAnswer);
        return *answer;
    }
    std::optional<KeptLogin> recalled()
    {
        const auto kept = m_keeper->recall();
        return kept ? *kept : std::nullopt;
    }

private Q_SLOTS:
    void init()
    {
        m_desktop = {};
        m_directory = std::make_unique<QTemporaryDir>();
    }
    void cleanup() { m_keeper.reset(); }

    void nothingIsKeptAtFirst()
    {
        start();
        const auto kept = m_keeper->recall();
        QVERIFY(kept.ok());
        QVERIFY(!kept->has_value());
        QVERIFY(forget().ok()); // and that is no error
    }

    void theFileSaysWhatItIs()
    {
        m_desktop.isThere = false;
        start();
        QVERIFY(keep(ann()).ok());
        QCOMPARE(m_keeper->place(), LoginKeeper::Place::File);
        QCOMPARE(modeOf(path()), 0600);
        const QByteArray content = contentOf(path());
        QVERIFY(content.startsWith("# This file logs you in to a Rookery server without a password."));
        QVERIFY(content.contains("the-token"));
        start();
        QCOMPARE(recalled(), ann());
        QVERIFY(forget().ok());
        QVERIFY(!QFile::exists(path()));
        QVERIFY(!recalled());
    }

    /// Whatever the umask is, and also in the place of a file that was open to others.
    void theModeIsAlways0600()
    {
        m_desktop.isThere = false;
        const mode_t old = ::umask(0);
        start();
        const bool isKept = keep(ann()).ok();
        ::umask(old);
        QVERIFY(isKept);
        QCOMPARE(modeOf(path()), 0600);
        QVERIFY(::chmod(QFile::encodeName(path()).constData(), 0666) == 0);
        QVERIFY(!m_keeper->recall().ok());
        QVERIFY(keep(ann()).ok());
        QCOMPARE(modeOf(path()), 0600);
        QCOMPARE(recalled(), ann());
    }

    void aNewDirectoryIsTheUsersAlone()
    {
        m_desktop.isThere = false;
        const QString directory = m_directory->filePath(QStringLiteral("a/b"));
        m_keeper = std::make_unique<LoginKeeper>(directory, std::make_unique<FakeKeyring>(&m_desktop));
        QVERIFY(keep(ann()).ok());
        QCOMPARE(modeOf(directory), 0700);
    }

    void theTokenIsInTheKeyringOnly()
    {
        start();
        QVERIFY(keep(ann()).ok());
        QCOMPARE(m_keeper->place(), LoginKeeper::Place::Keyring);
        QCOMPARE(modeOf(path()), 0600);
        QVERIFY(!contentOf(path()).contains("the-token"));
        QVERIFY(
            contentOf(path()).startsWith("# This file names the account that Rookery opens when it starts."));
        QCOMPARE(m_desktop.secrets.values(), QList<QByteArray>{"the-token"});
        start();
        const auto kept = recalled();
        QVERIFY(kept);
        QVERIFY(kept->token.isEmpty());
        QCOMPARE(kept->user, ann().user);
        QCOMPARE(kept->server, ann().server);
        const auto got = token(*kept);
        QVERIFY(got.ok());
        QCOMPARE(*got, QByteArray("the-token"));
        QVERIFY(forget().ok());
        QVERIFY(m_desktop.secrets.isEmpty());
        QVERIFY(!recalled());
    }

    void aServerUnderAPath()
    {
        KeptLogin login = ann();
        login.address = QStringLiteral("https://example.org/a b/");
        login.server = QUrl(QStringLiteral("https://example.org:443/a%20b"), QUrl::StrictMode);
        start();
        QVERIFY(keep(login).ok());
        start();
        const auto kept = recalled();
        QVERIFY(kept);
        QCOMPARE(kept->server, login.server);
        const auto got = token(*kept);
        QVERIFY(got.ok());
        QCOMPARE(*got, QByteArray("the-token"));
    }

    void onlyTheLastOneIsKept()
    {
        start();
        QVERIFY(keep(ann()).ok());
        QVERIFY(keep(ben()).ok());
        QCOMPARE(m_desktop.secrets.values(), QList<QByteArray>{"another-token"});
        QCOMPARE(recalled()->user.name, QStringLiteral("ben"));
        // And where the keyring has gone in the meantime.
        m_desktop.isThere = false;
        start();
        QVERIFY(keep(ann()).ok());
        QCOMPARE(recalled(), ann());
    }

    void aRefusalIsNoted()
    {
        for (const bool keyring : {true, false}) {
            m_desktop.isThere = keyring;
            start();
            QVERIFY(m_keeper->setRefused(true).ok()); // of nothing
            QVERIFY(!recalled());
            QVERIFY(keep(ann()).ok());
            QVERIFY(!recalled()->refused);
            QVERIFY(m_keeper->setRefused(true).ok());
            start();
            QVERIFY(recalled()->refused);
            QCOMPARE(recalled()->user.name, QStringLiteral("ann"));
            QVERIFY(keyring || recalled()->token == ann().token);
            QVERIFY(m_keeper->setRefused(false).ok());
            QVERIFY(!recalled()->refused);
            QVERIFY(m_keeper->setRefused(true).ok());
            QVERIFY(keep(ann()).ok()); // a new one
            QVERIFY(!recalled()->refused);
            QVERIFY(forget().ok());
        }
    }

    void anUnreadableFileIsRefusedWithASentence_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("why");
        const auto row = [](const char *name, const char *why) {
            QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(why);
        };
        row("mode 0640", "its mode is 0640 instead of 0600");
        row("mode 0604", "its mode is 0604 instead of 0600");
        row("mode 0602", "its mode is 0602 instead of 0600");
        row("link", "it is a link to another file");
        row("directory", "it is not a regular file");
        row("pipe", "it is not a regular file");
        if (::geteuid() == 0) // who alone can give a file away
            row("another user", "the file belongs to another user");
        row("empty", "its content is damaged");
        row("no JSON", "its content is damaged");
        row("no token", "token");
        row("odd token", "'token' is no token");
        row("no name", "'username' is empty");
        row("odd server", "'server' is no address of a server");
        row("large", "the file is too large");
    }

    void anUnreadableFileIsRefusedWithASentence()
    {
        QFETCH(QString, what);
        QFETCH(QString, why);
        m_desktop.isThere = false;
        start();
        QVERIFY(keep(ann()).ok());
        const QByteArray name = QFile::encodeName(path());
        const QByteArray content = contentOf(path());
        if (what.startsWith(QLatin1String("mode "))) {
            QCOMPARE(::chmod(name.constData(), mode_t(what.last(3).toInt(nullptr, 8))), 0);
        } else if (what == QLatin1String("link")) {
            QVERIFY(QFile::rename(path(), path() + QLatin1String(".real")));
            QVERIFY(QFile::link(path() + QLatin1String(".real"), path()));
        } else if (what == QLatin1String("directory")) {
            QVERIFY(QFile::remove(path()));
            QCOMPARE(::mkdir(name.constData(), 0700), 0);
        } else if (what == QLatin1String("pipe")) {
            QVERIFY(QFile::remove(path()));
            QCOMPARE(::mkfifo(name.constData(), 0600), 0);
        } else if (what == QLatin1String("another user")) {
            QCOMPARE(::chown(name.constData(), 1, 1), 0);
        } else if (what == QLatin1String("empty")) {
            replace(path(), {});
        } else if (what == QLatin1String("no JSON")) {
            replace(path(), "# x\nthe-token");
        } else if (what == QLatin1String("no token")) {
            replace(path(), QByteArray(content).replace("\"token\"", "\"tokem\""));
        } else if (what == QLatin1String("odd token")) {
            replace(path(), QByteArray(content).replace("the-token", "the\\r\\nHost: x"));
        } else if (what == QLatin1String("no name")) {
            replace(path(), QByteArray(content).replace("\"ann\"", "\"\""));
        } else if (what == QLatin1String("odd server")) {
            replace(path(), QByteArray(content).replace("https://", "file://"));
        } else {
            replace(path(), content + QByteArray(100'000, ' '));
        }
        const auto kept = m_keeper->recall();
        QVERIFY(!kept.ok());
        const QString sentence = inWords(kept.error());
        QVERIFY2(sentence.contains(path()) && sentence.contains(why) && sentence.endsWith(u'.'),
            qPrintable(sentence));
        QVERIFY2(!sentence.contains(QLatin1String("the-token")), qPrintable(sentence));
    }

    /// A refused file logs nobody in, and can be deleted and replaced.
    void whatIsRefusedCanBeForgottenAndReplaced()
    {
        m_desktop.isThere = false;
        start();
        QVERIFY(keep(ann()).ok());
        QVERIFY(::chmod(QFile::encodeName(path()).constData(), 0644) == 0);
        QVERIFY(forget().ok());
        QVERIFY(!QFile::exists(path()));
        QVERIFY(keep(ben()).ok());
        QCOMPARE(recalled(), ben());
    }

    void aLockedKeyringKeepsNothing()
    {
        start();
        QVERIFY(keep(ann()).ok());
        m_desktop.isLocked = true;
        const auto got = token(*recalled());
        QVERIFY(!got.ok());
        QCOMPARE(got.error().kind, Problem::KeyringLocked);
        QVERIFY(recalled()); // it may be unlocked next time
        QVERIFY(!keep(ben()).ok());
        QVERIFY(!recalled()); // above all not as ann
    }

    void whatTheKeyringHasLostIsForgotten()
    {
        start();
        QVERIFY(keep(ann()).ok());
        m_desktop.secrets.clear();
        const auto got = token(*recalled());
        QVERIFY(!got.ok());
        QCOMPARE(got.error().kind, Problem::KeyringLostLogIn);
        QVERIFY(!recalled());
    }

    /// Logged out while the keyring still waits to be unlocked.
    void forgottenBeforeItWasKept()
    {
        start();
        QTRY_COMPARE(m_keeper->place(), LoginKeeper::Place::Keyring);
        m_desktop.isHeld = true;
        bool isAnswered = false;
        m_keeper->keep(ann(), this, [&isAnswered](const Outcome<Nothing> &) { isAnswered = true; });
        m_keeper->forget(this, [](const Outcome<Nothing> &) {});
        m_desktop.release();
        QTRY_VERIFY(m_desktop.secrets.isEmpty());
        QVERIFY(!recalled());
        QVERIFY(!isAnswered);
    }

    void keptBeforeItIsKnownWhere()
    {
        m_desktop.isHeld = true;
        start();
        std::optional<Outcome<Nothing>> answer;
        m_keeper->keep(ann(), this, [&answer](Outcome<Nothing> done) { answer = std::move(done); });
        QCOMPARE(m_keeper->place(), LoginKeeper::Place::Unknown);
        QSignalSpy known(m_keeper.get(), &LoginKeeper::placeKnown);
        m_desktop.release();
        QTRY_VERIFY(answer);
        QVERIFY(answer->ok());
        QCOMPARE(known.size(), 1);
        QCOMPARE(recalled()->user.name, QStringLiteral("ann"));
    }

    void aFullOrReadOnlyDiskIsASentence()
    {
        m_desktop.isThere = false;
        // Where the directory should be there is a file.
        const QString file = m_directory->filePath(QStringLiteral("file"));
        replace(file, "x");
        m_keeper = std::make_unique<LoginKeeper>(
            file + QLatin1String("/below"), std::make_unique<FakeKeyring>(&m_desktop));
        const auto done = keep(ann());
        QVERIFY(!done.ok());
        QCOMPARE(done.error().kind, Problem::LogInNotKept);
        QVERIFY2(inWords(done.error()).startsWith(QLatin1String("The log-in cannot be kept in ")),
            qPrintable(inWords(done.error())));
        QVERIFY(!recalled());
    }
};

QTEST_GUILESS_MAIN(LoginKeeperTest)
#include "tst_loginkeeper.moc"
