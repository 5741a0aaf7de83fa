using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Guildhall.Services;

/// <summary>The organizations in a channel, in few bytes each however many there are. For one caller at a time.</summary>
public sealed class ChannelCensus
{
    private readonly List<Entry> entries = [];
    private readonly List<string> names = [];
    private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
    private long characters;

    /// <summary>About how many bytes it takes.</summary>
    public long Size => ((long)entries.Capacity * Unsafe.SizeOf<Entry>()) + (characters * sizeof(char));

    /// <summary>The organizations' names, in their order; one that several have comes as often.</summary>
    public IEnumerable<string> Names => entries.Select(entry => names[entry.Name]);

    /// <summary>Their hashes, in the same order.</summary>
    public IEnumerable<string> Hashes => entries.Select(entry => entry.Hash);

    /// <param name="membershipId">What it is in the channel by; null for the channel's owner.</param>
    public void Add(string? membershipId, string name, string hash, int peers)
    {
        if (!known.TryGetValue(name, out var index))
        {
            index = names.Count;
            known.Add(name, index);
            names.Add(name);
            characters += name.Length;
        }

        _ = Guid.TryParse(membershipId, out var place);
        entries.Add(Entry.Of(place, entries.Count, index, hash, peers));
    }

    /// <summary>Brings them into their order: the owner's first, then in the order of the invitations.</summary>
    public void Sort() => entries.Sort((one, other) => one.Place == other.Place ? one.Number.CompareTo(other.Number) : one.Place.CompareTo(other.Place));

    /// <summary>The names of the peers by the name of their organization, each name once. Where two tenants' organizations are called the same, they share it.</summary>
    public IEnumerable<(string Name, IEnumerable<string> Peers)> PeersByName()
    {
        var (first, next) = Chain();
        return from start in first select (names[entries[start].Name], PeersFrom(start, next));
    }

    /// <summary>Where the entries of each name begin, and behind each entry the next of its name; -1 behind the last.</summary>
    private (List<int> First, int[] Next) Chain()
    {
        var (first, next, last) = (new List<int>(), new int[entries.Count], new int[names.Count]);
        Array.Fill(next, -1);
        Array.Fill(last, -1);
        for (var i = 0; i < entries.Count; i++)
        {
            var name = entries[i].Name;
            if (last[name] < 0)
            {
                first.Add(i);
            }
            else
            {
                next[last[name]] = i;
            }

            last[name] = i;
        }

        return (first, next);
    }

    private IEnumerable<string> PeersFrom(int start, int[] next)
    {
        for (var i = start; i >= 0; i = next[i])
        {
            foreach (var peer in PresentOrganization.PeersOf(entries[i].Hash, entries[i].Peers))
            {
                yield return peer;
            }
        }
    }

    /// <summary>An organization; its name by its number, and its hash as the number that it writes.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(Guid Place, int Number, int Name, int Peers, ulong Head, ulong Middle, uint Tail)
    {
        private const int Digits = 16;

        public string Hash => string.Create(CultureInfo.InvariantCulture, $"{Head:x16}{Middle:x16}{Tail:x8}");

        public static Entry Of(Guid place, int number, int name, string hash, int peers) =>
            new(place, number, name, peers, Part(hash.AsSpan(0, Digits)), Part(hash.AsSpan(Digits, Digits)), (uint)Part(hash.AsSpan(2 * Digits)));

        private static ulong Part(ReadOnlySpan<char> digits) => ulong.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
