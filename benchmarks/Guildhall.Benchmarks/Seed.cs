using System.Text.Json;
using Guildhall.Memberships;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall.Benchmarks;

/// <summary>What the store holds before anything is measured, written as plain SQL that both engines run.</summary>
/// <param name="Tenants">Who is in it.</param>
/// <param name="AnswersPerKind">Invitations to accept, as many to reject, and memberships to quit.</param>
internal sealed record Seed(Tenants Tenants, int AnswersPerKind)
{
    /// <summary>Members of each lister's list.</summary>
    public const int MembersEach = 3;

    private const int Thousand = 1000;
    public const int TenThousand = 10_000;

    /// <summary>What a member has joined with, as it is stored.</summary>
    public static string MemberOrganizations { get; } =
        JsonSerializer.Serialize([new MemberOrganization(Benchmarks.Tenants.Organization, 2)], StoredJson.Readable.ImmutableArrayMemberOrganization);

    /// <summary>The lister with a thousand members, and the one with ten thousand. The others have three.</summary>
    public int ListerOf(int members) => members switch
    {
        TenThousand => 0,
        Thousand => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(members)),
    };

    /// <summary>The listers of three.</summary>
    public IEnumerable<int> ListersOfThree => Enumerable.Range(2, Tenants.Listers - 2);

    /// <summary>Who is asked by whom into which channel, for the answer number so many of its kind.</summary>
    public (int Invitee, int Inviter, string Channel) Answer(string kind, int number) => (
        Tenants.FirstAnswerer + (number % Tenants.Answerers),
        Tenants.FirstAnswerer + ((number + 1) % Tenants.Answerers),
        kind + (number / Tenants.Answerers));

    /// <summary>The memberships that <see cref="Statements"/> write.</summary>
    public long Memberships => TenThousand + Thousand + (MembersEach * (Tenants.Listers - 2)) + (3L * AnswersPerKind);

    /// <summary>In their order.</summary>
    public IEnumerable<string> Statements(Engine engine)
    {
        const string traits = "'union', 'etcdraft', 'ECDSA', 3, '2.2'";
        var organizations = JsonSerializer.Serialize([new Organization(Tenants.Organization, 2)], StoredJson.Readable.ImmutableArrayOrganization);
        var everyone = engine.Series(Tenants.Count);
        yield return Tenants.Sql($"INSERT INTO accounts (id, name, created_at) SELECT {{account}}, {{name}}, 0 FROM {everyone}", "n");
        yield return Tenants.Sql($"INSERT INTO projects (account_id, id, name, created_at) SELECT {{account}}, {{project}}, 'region', 0 FROM {everyone}", "n");
        yield return Tenants.Sql($"INSERT INTO users (account_id, id, name, role, password_hash, created_at) SELECT {{account}}, {{user}}, 'user', 'admin', '', 0 FROM {everyone}", "n");
        yield return Tenants.Sql(
            $"""
            INSERT INTO tokens (hash, account_id, user_id, project_id, is_domain_scoped, is_session, issued_at, expires_at)
            SELECT {engine.TokenHash("{token}")}, {"{account}, {user}, {project}"}, 0, 1, 0, 9000000000000 FROM {everyone}
            """,
            "n");
        yield return Tenants.Sql(
            $"INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, created_at) SELECT {{key}}, {{secret}}, {{account}}, {{user}}, '', 0 FROM {everyone}",
            "n");
        yield return Tenants.Sql(
            $"""
            INSERT INTO services (project_id, id, account_id, account_name, name, blockchain_type, consensus, sign_algorithm, edition, fabric_version,
                   is_invitee, database_type, cluster_type, trusted_computing, organizations, created_at)
            SELECT {"{project}, {service}, {account}, {name}"}, '{Tenants.ServiceName}', {traits}, 0, 'goleveldb', 'CCE', 0, '{organizations}', 0 FROM {everyone}
            """,
            "n");
        yield return Tenants.Sql(
            $"INSERT INTO channels (service_id, name, description, peers, created_at) SELECT {{service}}, '{Tenants.Channel}', '', '[]', 0 FROM {everyone}", "n");

        var (first, crowd) = (Tenants.FirstOfCrowd, Tenants.Crowd);
        yield return Insert(engine, TenThousand, "0", $"{first} + n", $"'{Tenants.Channel}'", "agreed", 0);
        yield return Insert(engine, Thousand, "1", $"{first} + n", $"'{Tenants.Channel}'", "agreed", 100_000);
        yield return Insert(
            engine, MembersEach * (Tenants.Listers - 2), $"2 + n / {MembersEach}", $"{first} + n % {crowd}", $"'{Tenants.Channel}'", "agreed", 200_000);
        foreach (var (kind, state, ids) in ((string, string, int)[])[("accept", "waiting", 1_000_000), ("reject", "waiting", 2_000_000), ("quit", "agreed", 3_000_000)])
        {
            var (one, count) = (Tenants.FirstAnswerer, Tenants.Answerers);
            yield return Insert(
                engine, AnswersPerKind, $"{one} + (n + 1) % {count}", $"{one} + n % {count}", $"'{kind}' || (n / {count})", state, ids);
        }
    }

    /// <param name="values">Of the columns, in their order, by the number <c>n</c>.</param>
    public static string InsertMemberships(string values, string series) =>
        $"""
        INSERT INTO memberships (inviter_service_id, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name,
               invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name,
               id, channel_name, state, trusted_computing, organizations, invited_at, changed_at, join_operation_id, is_read, is_hidden, version)
        SELECT {values}
        FROM   {series}
        """;

    private static string Insert(Engine engine, int count, string inviter, string invitee, string channel, string state, int ids)
    {
        var joined = state == "agreed";
        return InsertMemberships(
            $"""
            {Tenants.Sql("{service}, {account}, {name}, {project}", inviter)}, '{Tenants.ServiceName}',
            {Tenants.Sql("{account}, {name}", invitee)}, {(joined ? Tenants.Sql($"{{project}}, {{service}}, '{Tenants.ServiceName}'", invitee) : "'', '', ''")},
            '00000000-0000-7000-8000-0' || (10000000000 + {ids} + n), {channel}, '{state}', 0, '{(joined ? MemberOrganizations : "[]")}', 0, 0,
            {(joined ? $"'BCSSVC01-05-' || (1000000000 + {ids} + n)" : "NULL")}, 0, 0, 0
            """,
            engine.Series(count));
    }
}
