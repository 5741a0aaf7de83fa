using Microsoft.AspNetCore.Http.Features;

namespace Guildhall.Api;

/// <summary>How large a request is before its body.</summary>
/// <param name="TargetLength">Characters of path and query, as they were sent.</param>
/// <param name="Count">Headers.</param>
/// <param name="Length">Characters of all headers, names included.</param>
/// <param name="LongestName">The name of the header with the longest value.</param>
/// <param name="LongestLength">Characters of that value.</param>
internal readonly record struct RequestHead(int TargetLength, int Count, long Length, string LongestName, int LongestLength)
{
    /// <summary>Characters that nearly every request does with.</summary>
    public const int Usual = 8 * 1024;

    /// <summary>Whether it takes so much memory that somebody has to count it.</summary>
    public bool IsLong => Length > Usual || TargetLength > Usual;

    /// <summary>About the bytes it takes in memory: two for each character, and the target is kept twice.</summary>
    public long Memory => (sizeof(char) * Length) + (2 * sizeof(char) * TargetLength);

    public static RequestHead Of(HttpRequest request)
    {
        var (count, length, longestName, longest) = (0, 0L, "", 0);
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
            {
                var valueLength = value?.Length ?? 0;
                count++;
                length += name.Length + valueLength;
                if (valueLength > longest)
                {
                    (longestName, longest) = (name, valueLength);
                }
            }
        }

        return new RequestHead(request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Length, count, length, longestName, longest);
    }
}
