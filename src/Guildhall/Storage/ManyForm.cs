using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace Guildhall.Storage;

/// <summary>
/// The form of a statement that does once, for arrays of values, what the statement does for one value each. PostgreSQL spends most of
/// its time on a small statement before and after it, so that a hundred at once cost little more than a few.
/// </summary>
/// <remarks>
/// There is such a form for <c>SELECT</c>, for <c>INSERT … VALUES</c> of one row, and for <c>UPDATE … WHERE</c> and <c>DELETE … WHERE</c>. A row of all but
/// <c>INSERT</c> has one column more than the statement's own, at its end: the number of the set of values that it belongs to, from 1.
/// </remarks>
internal sealed partial class ManyForm
{
    private const int MatchMilliseconds = 1000;

    private static readonly ConcurrentDictionary<string, ManyForm?> Known = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<UInt128, string> texts = new();
    private readonly string[] pieces;
    private readonly string[] names;
    private readonly string[] distinct;
    private readonly Kind kind;

    private ManyForm(string sql, Kind kind)
    {
        this.kind = kind;
        pieces = Parameter().Split(sql);
        names = [.. Parameter().Matches(sql).Select(match => match.Value[1..])];
        distinct = [.. names.Distinct(StringComparer.Ordinal)];
    }

    private enum Kind
    {
        Select,
        Insert,
        Update,
        Delete,
    }

    /// <summary>Whether its rows say which set they belong to.</summary>
    public bool HasRows => kind != Kind.Insert;

    /// <summary>The form for the statement; null where there is none.</summary>
    public static ManyForm? Of(string sql) => Known.GetOrAdd(sql, static sql => KindOf(sql) is { } kind ? new ManyForm(sql, kind) : null);

    /// <summary>The text, and its parameters in the order of their numbers.</summary>
    public (string Sql, NpgsqlParameter[] Parameters) Bind(IReadOnlyList<(string Name, object? Value)[]> sets)
    {
        var columns = Array.ConvertAll(distinct, name =>
        {
            var place = Array.FindIndex(sets[0], parameter => parameter.Name == name);
            return sets.Select(set => Stored.Of(set[place].Value)).ToArray();
        });
        UInt128 mask = 0; // which of the columns have a value at all; the others have no type
        for (var i = 0; i < columns.Length; i++)
        {
            mask |= columns[i].Any(value => value is not null) ? UInt128.One << i : 0;
        }

        var text = texts.GetOrAdd(mask, mask => Write([.. distinct.Where((_, i) => (mask >> i & 1) == 1)]));
        return (text, [.. columns.Where((_, i) => (mask >> i & 1) == 1).Select(ArrayOf)]);
    }

    private static NpgsqlParameter ArrayOf(object?[] values) => values.First(value => value is not null) is string
        ? new NpgsqlParameter<string?[]> { TypedValue = Array.ConvertAll(values, value => (string?)value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }
        : new NpgsqlParameter<long?[]> { TypedValue = Array.ConvertAll(values, value => (long?)value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    private static Kind? KindOf(string sql) =>
        sql.StartsWith("SELECT ", StringComparison.Ordinal) && Parameter().IsMatch(sql) ? Kind.Select
        : OneRow().IsMatch(sql) ? Kind.Insert
        : !sql.Contains("WHERE ", StringComparison.Ordinal) || sql.Contains("RETURNING", StringComparison.Ordinal) ? null
        : sql.StartsWith("UPDATE ", StringComparison.Ordinal) ? Kind.Update
        : sql.StartsWith("DELETE ", StringComparison.Ordinal) ? Kind.Delete
        : null;

    private string Write(string[] given)
    {
        var sets = $"unnest({string.Join(", ", given.Select((_, i) => $"${i + 1}"))}) WITH ORDINALITY AS many ({string.Join(", ", given.Select((_, i) => $"p{i}"))}, n)";
        var own = new StringBuilder(pieces[0]);
        for (var i = 0; i < names.Length; i++)
        {
            var column = Array.IndexOf(given, names[i]);
            own.Append(column < 0 ? "NULL" : $"many.p{column}").Append(pieces[i + 1]);
        }

        var text = own.ToString();
        return kind switch
        {
            Kind.Select => $"SELECT one.*, many.n FROM {sets}, LATERAL ({text}) AS one",
            Kind.Insert => OneRow().Replace(text, match => $"{match.Groups["into"].Value} SELECT {match.Groups["row"].Value} FROM {sets}"),
            _ => $"{FirstWhere().Replace(text, _ => $"{(kind == Kind.Update ? "FROM" : "USING")} {sets} WHERE ", 1)} RETURNING many.n",
        };
    }

    [GeneratedRegex(@"@\w+", RegexOptions.None, MatchMilliseconds)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^(?<into>INSERT INTO [^;]*?\))\s*VALUES\s*\((?<row>[^()]*)\)\s*$", RegexOptions.ExplicitCapture, MatchMilliseconds)]
    private static partial Regex OneRow();

    [GeneratedRegex(@"\bWHERE ", RegexOptions.None, MatchMilliseconds)]
    private static partial Regex FirstWhere();
}
