// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/connection.h"

#include "common/ids.h"
#include "server/store/postgres/pqresult.h"
#include "server/store/postgres/wire.h"

#include <QVariant>
#include <QtEndian>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace rookery::store::postgres {

namespace {

constexpr int oldestServer = 150000; // as PQserverVersion() counts

template <typename Number>
QByteArray bigEndian(Number number)
{
    QByteArray bytes(sizeof number, Qt::Uninitialized);
    qToBigEndian(number, bytes.data());
    return bytes;
}

/// A number in the form of the parameter's type.
QByteArray encoded(Type type, qint64 value)
{
    switch (type) {
    case Type::BigInt:
        return bigEndian(value);
    case Type::Integer:
        if (value == qint32(value))
            return bigEndian(qint32(value));
        break;
    case Type::SmallInt:
        if (value == qint16(value))
            return bigEndian(qint16(value));
        break;
    case Type::Text:
        return QByteArray::number(value);
    case Type::Bool:
    case Type::Bytes:
    case Type::Uuid:
        break;
    }
    throw DatabaseError{
        Fault::Statement, QStringLiteral("a number does not fit a parameter of type %1").arg(Oid(type))};
}

class PqPrepared final : public Prepared
{
public:
    /// `warned`: whether the server has said anything with a WARNING.
    PqPrepared(Wire *wire, bool *warned, QByteArray name, const char *sql)
        : m_wire(wire)
        , m_warned(warned)
        , m_name(std::move(name))
        , m_commits(QByteArrayView(sql) == "COMMIT")
    {
        const PqResult described = wire->prepare(m_name, sql);
        if (PQresultStatus(described.get()) != PGRES_COMMAND_OK)
            throw failure(described.get(), wire->connection());
        for (int i = 0; i < PQnparams(described.get()); ++i)
            m_parameters.push_back({Type(PQparamtype(described.get(), i)), {}, true});
    }

    void bindText(int parameter, const QString &value) override
    {
        // Through CAST($1 AS TEXT), which makes the parameter one.
        set(parameter, value.toUtf8());
    }
    /// What is no UUID becomes NULL, which equals nothing.
    void bindId(int parameter, const QString &value) override
    {
        if (const auto bytes = idBytes(value))
            set(parameter,
                QByteArray(reinterpret_cast<const char *>(bytes->data()), qsizetype(bytes->size())));
        else
            bindNull(parameter);
    }
    void bindInteger(int parameter, qint64 value) override
    {
        set(parameter, encoded(at(parameter).type, value));
    }
    void bindBlob(int parameter, const QByteArray &value) override { set(parameter, value); }
    void bindNull(int parameter) override { at(parameter).isNull = true; }

    void execute() override
    {
        Values values;
        values.bytes.reserve(m_parameters.size());
        values.lengths.reserve(m_parameters.size());
        for (const Parameter &parameter : m_parameters) {
            values.bytes.push_back(parameter.isNull ? nullptr : parameter.value.constData());
            values.lengths.push_back(int(parameter.value.size()));
        }
        m_row = -1;
        m_result = m_wire->execute(m_name, values);
        const ExecStatusType status = PQresultStatus(m_result.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            throw failure(m_result.get(), m_wire->connection());
        if (m_commits && QByteArrayView(PQcmdStatus(m_result.get())) != "COMMIT")
            throw DatabaseError{
                Fault::Transaction, QStringLiteral("a transaction with an error in it cannot be committed")};
        if (std::exchange(*m_warned, false))
            throw DatabaseError{
                Fault::Connection, QStringLiteral("the server warns: what was written may be lost")};
    }
    int changedRows() const override { return QByteArrayView(PQcmdTuples(m_result.get())).toInt(); }
    bool next() override
    {
        if (m_row + 1 >= PQntuples(m_result.get()))
            return false;
        ++m_row;
        return true;
    }
    void reset() noexcept override
    {
        m_result.reset();
        for (Parameter &parameter : m_parameters)
            parameter = {parameter.type, {}, true};
    }

    QString textAt(int column) const override
    {
        const auto bytes = columnAt(column);
        return bytes ? exactText(QByteArray::fromRawData(bytes->data(), bytes->size())) : QString();
    }
    QString idAt(int column) const override
    {
        const auto bytes = columnAt(column);
        if (!bytes)
            return {};
        IdBytes id = {};
        std::copy_n(bytes->begin(), std::min(size_t(bytes->size()), id.size()), id.begin());
        return idText(id);
    }
    qint64 integerAt(int column) const override
    {
        const auto bytes = columnAt(column);
        return bytes ? integer(Type(PQftype(m_result.get(), column)), *bytes) : 0;
    }
    QByteArray blobAt(int column) const override
    {
        const auto bytes = columnAt(column);
        return bytes ? bytes->toByteArray() : QByteArray();
    }
    bool isNullAt(int column) const override { return !columnAt(column); }

private:
    struct Parameter
    {
        Type type;
        QByteArray value;
        bool isNull;
    };

    Parameter &at(int parameter)
    {
        if (parameter < 1 || size_t(parameter) > m_parameters.size())
            throw DatabaseError{
                Fault::Statement, QStringLiteral("a statement has no parameter $%1").arg(parameter)};
        return m_parameters[size_t(parameter - 1)];
    }
    void set(int parameter, QByteArray value)
    {
        Parameter &its = at(parameter);
        its.value = std::move(value);
        its.isNull = false;
    }
    std::optional<QByteArrayView> columnAt(int column) const { return field(m_result.get(), m_row, column); }

    Wire *const m_wire;
    bool *const m_warned;
    const QByteArray m_name;
    const bool
        m_commits; ///< the server answers the COMMIT of a failed transaction with ROLLBACK, and no error
    std::vector<Parameter> m_parameters;
    PqResult m_result;
    int m_row = -1;
};

/// libpq's notices are for a person at a terminal; what matters in them is whether one is a WARNING.
void noteWarning(void *warned, const PGresult *notice)
{
    const char *const severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity && QByteArrayView(severity) == "WARNING")
        *static_cast<bool *>(warned) = true;
}

Error refused(const QString &sentence)
{
    return Error{ErrorCode::Internal, sentence};
}

PqResult run(PGconn *connection, const char *sql)
{
    return PqResult(PQexec(connection, sql));
}

/// What is wrong with a conninfo; nothing if libpq can read it. Of what libpq says, only the name of a parameter is
/// repeated: what it cannot read may be a password.
std::optional<QString> problemOf(const QByteArray &conninfo)
{
    char *said = nullptr;
    PQconninfoOption *const options = PQconninfoParse(conninfo.constData(), &said);
    const QString problem = QString::fromUtf8(said).simplified();
    PQconninfoFree(options);
    PQfreemem(said);
    if (options)
        return std::nullopt;
    if (problem.startsWith(QLatin1String("invalid URI query parameter:")))
        return problem;
    return problem.section(u'"', 0, 0).section(u':', 0, 0).trimmed();
}

/// The first column of the first row as text.
QByteArray answerTo(PGconn *connection, const char *sql)
{
    const PqResult result = run(connection, sql);
    const bool isRow = PQresultStatus(result.get()) == PGRES_TUPLES_OK && PQntuples(result.get()) > 0;
    return isRow ? QByteArray(PQgetvalue(result.get(), 0, 0)) : QByteArray();
}

} // namespace

void PostgresConnection::Closer::operator()(pg_conn *connection) const
{
    PQfinish(connection);
}

PostgresConnection::PostgresConnection(pg_conn *connection, std::chrono::milliseconds patience)
    : m_connection(connection)
    , m_wire(std::make_unique<Wire>(connection))
{
    setPatience(patience);
    PQsetNoticeReceiver(connection, &noteWarning, &m_warned);
}

PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const ConnectOptions &options)
{
    const QByteArray conninfo = options.conninfo.toUtf8();
    if (const auto problem = problemOf(conninfo))
        return refused(QStringLiteral("libpq cannot read the URL of the database: %1.").arg(*problem));
    const QByteArray name = options.applicationName.toUtf8();
    // What stands before the conninfo (the dbname) it may override, what stands after it not.
    const QByteArray password = options.password.toUtf8();
    const std::array keywords = {"password", "connect_timeout", "tcp_user_timeout", "keepalives_idle",
        "dbname", "fallback_application_name", "client_encoding", "target_session_attrs",
        static_cast<const char *>(nullptr)};
    const std::array values = {password.constData(), "2", "3000", "2", conninfo.constData(), name.constData(),
        "UTF8", "read-write", static_cast<const char *>(nullptr)};
    std::unique_ptr<pg_conn, Closer> opened(PQconnectdbParams(keywords.data(), values.data(), 1));
    if (!opened)
        return refused(QStringLiteral("There is no memory for a connection to PostgreSQL."));
    if (PQstatus(opened.get()) != CONNECTION_OK)
        return refused(QStringLiteral("PostgreSQL cannot be reached: %1")
                           .arg(QString::fromUtf8(PQerrorMessage(opened.get())).simplified()));
    PGconn *const raw = opened.get();
    if (PQserverVersion(raw) < oldestServer)
        return refused(QStringLiteral("The server is PostgreSQL %1; rookeryd needs 15 or later.")
                           .arg(PQserverVersion(raw) / 10000));
    if (answerTo(raw, "SHOW server_encoding") != "UTF8")
        return refused(
            QStringLiteral("The database's encoding is not UTF8. Make one with: CREATE DATABASE name "
                           "ENCODING 'UTF8' TEMPLATE template0."));
    const QByteArray settings = "SET statement_timeout = "
        + QByteArray::number(qint64(options.statementTimeout.count())) + "; SET lock_timeout = "
        + QByteArray::number(qint64(options.lockTimeout.count()))
        // A node that is stopped inside a transaction must not hold its locks for longer.
        + "; SET idle_in_transaction_session_timeout = "
        + QByteArray::number(qint64(options.statementTimeout.count()))
        // What the server's defaults may be must not close a connection at rest, nor make statements see less.
        + "; SET idle_session_timeout = 0; SET default_transaction_isolation = 'read committed'"
          // A node that is cut off, without a word to the server, must not keep its locks for the kernel's two hours.
          "; SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"
          "; SET tcp_user_timeout = 10000"
        // What is acknowledged is on a disk, whatever the server's default is; waiting for standbys is the operator's.
        + "; SELECT set_config('synchronous_commit', 'on', false) "
          "WHERE current_setting('synchronous_commit') IN ('off', 'local')";
    if (PQresultStatus(run(raw, settings.constData()).get()) != PGRES_TUPLES_OK)
        return refused(QStringLiteral("PostgreSQL refuses a setting: %1")
                           .arg(QString::fromUtf8(PQerrorMessage(raw)).simplified()));
    // So that sending waits no longer than for the answer.
    if (PQsetnonblocking(raw, 1) != 0)
        return refused(QStringLiteral("There is no memory for a connection to PostgreSQL."));
    return std::unique_ptr<PostgresConnection>(new PostgresConnection(opened.release(), options.patience));
}

void PostgresConnection::execute(const QString &sql)
{
    m_wire->settle();
    const PqResult result = run(m_connection.get(), sql.toUtf8().constData());
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw failure(result.get(), m_connection.get());
}

QVariant PostgresConnection::value(const QString &sql)
{
    m_wire->settle();
    const PqResult result = run(m_connection.get(), sql.toUtf8().constData());
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw failure(result.get(), m_connection.get());
    if (PQntuples(result.get()) == 0 || PQgetisnull(result.get(), 0, 0))
        return {};
    return QString::fromUtf8(PQgetvalue(result.get(), 0, 0));
}

bool PostgresConnection::takeWarned()
{
    return std::exchange(m_warned, false);
}

QList<QByteArray> PostgresConnection::takeNotifications()
{
    if (PQconsumeInput(m_connection.get()) == 0)
        throw failure(nullptr, m_connection.get());
    QList<QByteArray> said;
    while (PGnotify *const one = PQnotifies(m_connection.get())) {
        said.append(one->extra);
        PQfreemem(one);
    }
    return said;
}

pg_conn *PostgresConnection::handle()
{
    m_wire->settle();
    return m_connection.get();
}

void PostgresConnection::setPatience(std::chrono::milliseconds patience)
{
    m_wire->setPatience(patience);
}

int PostgresConnection::socket() const
{
    return PQsocket(m_connection.get());
}

Prepared &PostgresConnection::prepared(const char *sql)
{
    auto &known = m_statements[sql];
    // No number comes twice: another statement may have been prepared since one could not be.
    if (!known)
        known = std::make_unique<PqPrepared>(
            m_wire.get(), &m_warned, "s" + QByteArray::number(++m_prepared), sql);
    return *known;
}

const char *PostgresConnection::beginSql(TransactionKind kind) const
{
    return kind == TransactionKind::Write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
}

void PostgresConnection::begin(TransactionKind kind)
{
    if (kind == TransactionKind::ReadOnce)
        m_wire->beginOne();
    else
        m_wire->begin(beginSql(kind));
}

void PostgresConnection::commit(TransactionKind kind)
{
    if (m_wire->end(kind != TransactionKind::Write))
        return;
    statement("COMMIT").run();
    m_wire->ended();
}

void PostgresConnection::rollback(TransactionKind /*kind*/)
{
    if (m_wire->end(false))
        return;
    statement("ROLLBACK").run();
    m_wire->ended();
}

} // namespace rookery::store::postgres
