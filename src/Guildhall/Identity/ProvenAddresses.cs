namespace Guildhall.Identity;

/// <summary>From where users have shown the right password, or a token, lately. Not safe for concurrent use.</summary>
/// <remarks>
/// Only who can sign in as a user adds to what is remembered of that user, so that nobody makes another's address be forgotten. There are as many
/// users as the operator has made.
/// </remarks>
internal sealed class ProvenAddresses
{
    /// <summary>A desk, a home, a phone, and some machines that run programs.</summary>
    public const int MaxPerUser = 8;

    public static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    private readonly Dictionary<string, List<(NetworkPrefix From, DateTimeOffset At)>> byUser = new(StringComparer.Ordinal);

    public bool Has(string userId, NetworkPrefix from, DateTimeOffset now)
    {
        if (!byUser.TryGetValue(userId, out var addresses))
        {
            return false;
        }

        foreach (var (address, at) in addresses)
        {
            if (address == from)
            {
                return now - at < Memory;
            }
        }

        return false;
    }

    /// <summary>Remembers the address; the one that was used longest ago is forgotten for it.</summary>
    public void Add(string userId, NetworkPrefix from, DateTimeOffset now)
    {
        if (!byUser.TryGetValue(userId, out var addresses))
        {
            byUser[userId] = addresses = new(1);
        }

        addresses.RemoveAll(known => known.From == from);
        if (addresses.Count == MaxPerUser)
        {
            addresses.RemoveAt(0);
        }

        addresses.Add((from, now));
    }
}
