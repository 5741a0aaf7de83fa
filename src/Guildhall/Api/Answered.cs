using System.Collections;
using System.Globalization;

namespace Guildhall.Api;

/// <summary>The access log's line about one request. The log knows it by its type, and writes it without a detour.</summary>
internal readonly record struct Answered(string RequestId, string Method, string Path, int Status, double Milliseconds, string Project)
    : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 5;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new(nameof(Method), Method),
        1 => new(nameof(Path), Path),
        2 => new(nameof(Status), Status),
        3 => new(nameof(Milliseconds), Milliseconds),
        4 => new(nameof(Project), Project),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, stackalloc char[256], $"{Method} {Path} {Status} in {Milliseconds:0.0} ms for project {Project}");
}
