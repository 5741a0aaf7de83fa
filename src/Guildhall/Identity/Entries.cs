namespace Guildhall.Identity;

/// <summary>An account (tenant, IAM domain) as its operator sees it.</summary>
public sealed record AccountEntry(string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt)
{
    public bool IsEnabled => DisabledAt is null;
}

/// <summary>A person or program that acts for an account.</summary>
public sealed record UserEntry(
    string AccountId, string AccountName, string Id, string Name, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt)
{
    public bool IsEnabled => DisabledAt is null;
}

/// <summary>A part of an account, by custom named like a region; services live in it.</summary>
public sealed record ProjectEntry(
    string AccountId, string AccountName, string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt)
{
    public bool IsEnabled => DisabledAt is null;
}

/// <summary>An access key without its secret.</summary>
public sealed record AccessKeyEntry(
    string AccessKey, string AccountId, string UserId, string UserName, string Description, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt)
{
    /// <summary>The project that it is good for; null for all of its account.</summary>
    public ProjectScope? Project { get; init; }

    /// <summary>The access key that it was made with, and ends with; null where it was made with none.</summary>
    public string? MadeWith { get; init; }

    public bool IsEnabled => DisabledAt is null;
}

/// <summary>What a token stands for.</summary>
/// <param name="IsDomainScoped">Scoped to the account as a whole.</param>
public sealed record TokenEntry(Principal Principal, bool IsDomainScoped, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>A value that leaves once, and whose text never reaches a log by way of the record that holds it.</summary>
public readonly struct Secret(string value)
{
    /// <summary>The secret itself.</summary>
    public string Reveal() => value;

    public override string ToString() => "(secret)";
}
