using System.Globalization;

namespace Guildhall.Benchmarks;

/// <summary>The names and keys of tenant number so many, the same in C# and in the SQL that makes the tenants.</summary>
/// <remarks>The number is scattered over 32 bits, so that neighbours in the numbering are none in an index, as random keys are not.</remarks>
internal sealed record Tenants(int Listers, int Crowd, int Answerers)
{
    /// <summary>What the tenants' channel is called.</summary>
    public const string Channel = "channel";

    public const string Organization = "organization";

    public const string ServiceName = "service";

    private const string Account = "account00000000000000";
    private const string Name = "tenant-";
    private const string Project = "project00000000000000";
    private const string User = "user00000000000000000";
    private const string Service = "5e7f1ce0-0000-4000-8000-0";
    private const string Token = "token-of-a-tenant-in-a-benchmark";
    private const string AccessKey = "ACCESSKEY";
    private const string SecretKey = "SecretKeyOfATenantInABenchmar";

    /// <summary>
    /// All of them: first the listers, who are only read of; then the crowd, whom they list, and who invite many at once; then those who
    /// invite one another singly and answer.
    /// </summary>
    public int Count => Listers + Crowd + Answerers;

    public int FirstOfCrowd => Listers;

    public int FirstAnswerer => Listers + Crowd;

    public static string AccountOf(int number) => Account + Scattered(number);

    public static string NameOf(int number) => Name + Scattered(number);

    public static string ProjectOf(int number) => Project + Scattered(number);

    public static string ServiceOf(int number) => Service + Scattered(number);

    public static string TokenOf(int number) => Token + Scattered(number);

    public static string AccessKeyOf(int number) => AccessKey + Scattered(number);

    public static string SecretKeyOf(int number) => SecretKey + Scattered(number);

    /// <summary>SQL with the columns' names in braces filled in for the tenant whose number the expression gives: <c>{account}</c>, <c>{name}</c> and so on.</summary>
    public static string Sql(string sql, string number)
    {
        var scattered = $"(10000000000 + ((({number}) * 2654435761) & 4294967295))";
        foreach (var (name, prefix) in new[]
        {
            ("account", Account), ("name", Name), ("project", Project), ("user", User), ("service", Service), ("token", Token),
            ("key", AccessKey), ("secret", SecretKey),
        })
        {
            sql = sql.Replace("{" + name + "}", $"('{prefix}' || {scattered})", StringComparison.Ordinal);
        }

        return sql;
    }

    private static string Scattered(int number) =>
        (10_000_000_000 + ((number * 2_654_435_761L) & 0xffff_ffff)).ToString(CultureInfo.InvariantCulture);
}
