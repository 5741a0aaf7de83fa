namespace Guildhall.Storage;

/// <summary>
/// What a list is narrowed by. Only what is asked for stands in the SQL: SQLite would prepare a statement anew for every value of <c>@x IS NULL</c>.
/// </summary>
/// <param name="always">The parameters that the statement has anyway.</param>
internal sealed class Conditions(params (string Name, object? Value)[] always)
{
    private readonly List<(string Name, object? Value)> parameters = [.. always];

    /// <summary>To stand behind other conditions; empty where nothing is asked for.</summary>
    public string Sql { get; private set; } = "";

    public (string Name, object? Value)[] Parameters => [.. parameters];

    /// <summary>Adds the condition, unless the value is null.</summary>
    /// <param name="name">The parameter's, as the condition names it.</param>
    public void Add(string name, string condition, string? value)
    {
        if (value is not null)
        {
            Add(condition, (name, value));
        }
    }

    /// <summary>Adds a condition that has several parameters.</summary>
    public void Add(string condition, params (string Name, object? Value)[] values)
    {
        Sql += " AND " + condition;
        parameters.AddRange(values);
    }
}
