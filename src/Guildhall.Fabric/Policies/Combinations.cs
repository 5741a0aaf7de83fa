using System.Numerics;

namespace Guildhall.Fabric;

/// <summary>Choices out of several things: one after the other, for as long as somebody asks, and how many there are.</summary>
internal static class Combinations
{
    /// <summary>Numbers beyond this are not worked out.</summary>
    public static readonly BigInteger MaxCount = BigInteger.Pow(10, 300);

    /// <summary>How many of each thing to take so that it is so many together; the first choice takes from the front. The array is the same each time.</summary>
    public static IEnumerable<int[]> Choose(int[] available, int count)
    {
        var chosen = new int[available.Length];
        if (Fill(chosen, available, 0, count) > 0)
        {
            yield break;
        }

        while (true)
        {
            yield return chosen;
            var (behind, room, last) = (0, 0L, available.Length - 1);
            while (last >= 0 && (chosen[last] == 0 || room <= behind))
            {
                behind += chosen[last];
                room += available[last];
                last--;
            }

            if (last < 0)
            {
                yield break;
            }

            chosen[last]--;
            Fill(chosen, available, last + 1, behind + 1);
        }
    }

    /// <summary>One of each, in every combination, put together; the first is made of the first ones.</summary>
    public static IEnumerable<int[]> Product(IReadOnlyList<IEnumerable<int[]>> parts)
    {
        var at = new IEnumerator<int[]>[parts.Count];
        try
        {
            for (var i = 0; i < at.Length; i++)
            {
                at[i] = parts[i].GetEnumerator();
                if (!at[i].MoveNext())
                {
                    yield break;
                }
            }

            while (true)
            {
                yield return [.. at.SelectMany(one => one.Current)];
                var turning = at.Length - 1;
                while (turning >= 0 && !at[turning].MoveNext())
                {
                    at[turning].Dispose();
                    at[turning] = parts[turning].GetEnumerator();
                    at[turning].MoveNext();
                    turning--;
                }

                if (turning < 0)
                {
                    yield break;
                }
            }
        }
        finally
        {
            foreach (var one in at)
            {
                one?.Dispose();
            }
        }
    }

    /// <summary>In how many ways so many things can be chosen, of which each group has things that come in so many ways each and are alike otherwise.</summary>
    /// <param name="groups">How many things, in how many ways each, and whether taking two of them is the same whichever they are.</param>
    /// <returns>Null where that is more than <see cref="MaxCount"/>, or costs too much to tell.</returns>
    public static BigInteger? Count(IReadOnlyList<(int Things, BigInteger Ways, bool AreAlike)> groups, int count, Budget budget)
    {
        BigInteger[] ways = [BigInteger.One];
        for (var i = 0; i < groups.Count; i++)
        {
            var isLast = i == groups.Count - 1;
            var more = isLast && ways.Length == 1 ? Single(groups[i], count) : WaysOf(groups[i], Math.Min(count, groups[i].Things), budget);
            if (more is null)
            {
                return null;
            }

            if (isLast && ways.Length == 1)
            {
                return more[0];
            }

            ways = Multiply(ways, more, isLast ? count : 0, count, budget);
            if (Array.Exists(ways, one => one > MaxCount))
            {
                return null;
            }
        }

        return count == 0 ? BigInteger.One : groups.Count == 0 ? BigInteger.Zero : ways[^1];
    }

    private static BigInteger[]? Single((int Things, BigInteger Ways, bool AreAlike) group, int count) =>
        count > group.Things ? [BigInteger.Zero]
        : group.AreAlike ? [BigInteger.One]
        : Choose(group.Things, count) is { } ways && Power(group.Ways, count) is { } each ? [ways * each]
        : null;

    private static BigInteger[]? WaysOf((int Things, BigInteger Ways, bool AreAlike) group, int most, Budget budget)
    {
        var ways = new BigInteger[most + 1];
        ways[0] = BigInteger.One;
        for (var n = 1; n <= most; n++)
        {
            budget.Spend(8);
            ways[n] = group.AreAlike ? BigInteger.One : ways[n - 1] * group.Ways * (group.Things - n + 1) / n;
            if (ways[n] > MaxCount)
            {
                return null;
            }
        }

        return ways;
    }

    /// <summary>Ways to have so many of both together, from the least number on.</summary>
    private static BigInteger[] Multiply(BigInteger[] one, BigInteger[] other, int least, int most, Budget budget)
    {
        var top = Math.Min(most, one.Length + other.Length - 2);
        if (top < least)
        {
            return [BigInteger.Zero];
        }

        var ways = new BigInteger[top - least + 1];
        for (var n = least; n <= top; n++)
        {
            for (var i = Math.Max(0, n - other.Length + 1); i <= Math.Min(n, one.Length - 1); i++)
            {
                budget.Spend(4);
                ways[n - least] += one[i] * other[n - i];
            }
        }

        return ways;
    }

    private static BigInteger? Choose(int things, int count)
    {
        var ways = BigInteger.One;
        for (var n = 1; n <= Math.Min(count, things - count); n++)
        {
            ways = ways * (things - n + 1) / n;
            if (ways > MaxCount)
            {
                return null;
            }
        }

        return ways;
    }

    private static BigInteger? Power(BigInteger ways, int count) =>
        ways.IsOne ? ways : count * BigInteger.Log10(ways) > 300 ? null : BigInteger.Pow(ways, count);

    /// <returns>What found no room.</returns>
    private static int Fill(int[] chosen, int[] available, int from, int count)
    {
        for (var i = from; i < available.Length; i++)
        {
            chosen[i] = Math.Min(available[i], count);
            count -= chosen[i];
        }

        return count;
    }
}
